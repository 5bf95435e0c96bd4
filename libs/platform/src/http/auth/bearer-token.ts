import type { FastifyRequest } from 'fastify';
import { headerLines } from '../request-context.js';

/** Far beyond any token of ours, far below what costs something to hash and parse. */
export const TOKEN_LENGTH_MAX = 8 * 1024;

const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** The compact JWS of the one Authorization header; null for none, two, another scheme, or anything else. */
export function bearerToken(request: FastifyRequest): string | null {
  return headerLines(request, 'authorization') === 1 ? bearerTokenIn(request.headers.authorization) : null;
}

/** The compact JWS of an Authorization value, wherever it came from. */
export function bearerTokenIn(authorization: unknown): string | null {
  if (typeof authorization !== 'string' || authorization.length > TOKEN_LENGTH_MAX) return null;
  return BEARER.exec(authorization)?.[1] ?? null;
}
