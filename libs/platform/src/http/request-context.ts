import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import { ownTraceparent } from '../tracing/spans.js';

/** A request that has not been answered after this long gives up; sibling calls never run beyond it. */
export const REQUEST_DEADLINE_MS = 12_000;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** What the edge learns about a request, from its first byte to its answer. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceparent: string;
  /** On the clock's monotonic scale. */
  readonly deadlineAtMs: number;
  /** Set by the audience guard. */
  caller?: Caller;
  /** Set when the route changes something: lower-case, without quotes. */
  idempotencyKey?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    edge?: RequestContext;
  }
}

/** The caller's request id when it is harmless, a new one otherwise; kept on the raw request for the request log. */
export function assignRequestId(raw: IncomingMessage & { id?: unknown }): string {
  const given = raw.headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  raw.id = requestId;
  return requestId;
}

export function openRequestContext(request: FastifyRequest, nowMs: number): RequestContext {
  const { traceparent } = request.headers;
  const context: RequestContext = {
    requestId: request.id,
    traceparent: ownTraceparent(typeof traceparent === 'string' ? traceparent : undefined),
    deadlineAtMs: nowMs + REQUEST_DEADLINE_MS,
  };
  request.edge = context;
  return context;
}

/** @throws Error when the edge was not set up: a bug, never the caller's fault */
export function requestContext(request: FastifyRequest): RequestContext {
  if (request.edge === undefined)
    throw new Error('The request has no context: setUpHttpEdge was not called.');
  return request.edge;
}

/** How often a header line was sent: Node.js joins or drops repetitions, which hides a smuggled second value. */
export function headerLines(request: FastifyRequest, name: string): number {
  const { rawHeaders } = request.raw;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) count += 1;
  }
  return count;
}

/** The path as it was sent, without the query. */
export function requestPath(request: { readonly url: string }): string {
  const end = request.url.search(/[?#]/);
  return end === -1 ? request.url : request.url.slice(0, end);
}
