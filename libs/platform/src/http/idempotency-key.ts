import type { FastifyRequest } from 'fastify';
import { AppError, isUuid, type FieldError } from '@app/kernel';
import { headerLines } from './request-context.js';

const QUOTED = /^"([^"]*)"$/;

/**
 * The Idempotency-Key header: one UUID of any version, bare or quoted; lower-case, without the quotes.
 * @throws IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID
 */
export function readIdempotencyKey(request: FastifyRequest): string {
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  if (headerLines(request, 'idempotency-key') > 1) throw invalidKey();
  return key;
}

/**
 * The same, of a header that did not come over HTTP.
 * @throws IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID
 */
export function parseIdempotencyKey(header: unknown): string {
  if (header === undefined || header === null || header === '') throw new AppError('IDEMPOTENCY_KEY_MISSING');
  if (typeof header !== 'string') throw invalidKey();
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1] ?? text;
  if (!isUuid(key)) throw invalidKey();
  return key.toLowerCase();
}

function invalidKey(): AppError {
  const errors: FieldError[] = [
    { header: 'Idempotency-Key', code: 'UUID', detail: 'Send exactly one UUID, bare or in double quotes.' },
  ];
  return new AppError('IDEMPOTENCY_KEY_INVALID', {}, { members: { errors } });
}
