import type { FastifyRequest } from 'fastify';
import type { Principal } from '../http/caller.js';
import type { SpanFacts } from '../tracing/spans.js';

/** Polled every few seconds by machines: their lines would bury the others. */
const QUIET_ROUTE = /^\/(?:health(?:\/.*)?|metrics)$/;
const NO_ROUTE = 'none';
/** What nginx notes when the client has gone before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

export interface ServedRequest {
  readonly request: Pick<FastifyRequest, 'id' | 'method' | 'is404' | 'routeOptions' | 'edge'>;
  readonly status: number;
  /** False when the client went away before the whole answer was out. */
  readonly isAnswered: boolean;
  readonly durationMs: number;
}

export interface RequestFacts {
  readonly method: string;
  /** The pattern, never the path with its ids. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly tenantId?: string;
  readonly principal?: Principal['kind'];
}

export type RequestLevel = 'debug' | 'info' | 'warn' | 'error';

/** The line a request leaves: what was asked and what became of it, nothing of what it carried. */
export function requestFacts(served: ServedRequest): {
  readonly level: RequestLevel;
  readonly facts: RequestFacts;
} {
  const { request } = served;
  const route = routeOf(request);
  const status = served.isAnswered ? served.status : CLIENT_CLOSED_REQUEST;
  const principal = request.edge?.caller?.principal;
  return {
    level: levelOf(route, status),
    facts: {
      method: request.method,
      route,
      status,
      durationMs: Math.round(served.durationMs * 10) / 10,
      requestId: request.edge?.requestId ?? request.id,
      ...(principal === undefined ? {} : { tenantId: principal.tenantId, principal: principal.kind }),
    },
  };
}

/** The span of a request, by its route; none for what machines poll. */
export function requestSpan(
  request: Pick<FastifyRequest, 'method' | 'is404' | 'routeOptions' | 'headers'>,
): SpanFacts | undefined {
  const route = routeOf(request);
  if (QUIET_ROUTE.test(route)) return undefined;
  const { traceparent } = request.headers;
  return {
    name: route === NO_ROUTE ? request.method : `${request.method} ${route}`,
    kind: 'server',
    attributes: {
      'http.request.method': request.method,
      ...(route === NO_ROUTE ? {} : { 'http.route': route }),
    },
    parent: typeof traceparent === 'string' ? traceparent : undefined,
  };
}

function routeOf(request: Pick<FastifyRequest, 'is404' | 'routeOptions'>): string {
  return request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
}

/** As the error catalog has it: a bug alerts, a sibling or a limit that is in the way warns, the rest is information. */
function levelOf(route: string, status: number): RequestLevel {
  if (status >= 500 && status !== 503) return 'error';
  if (QUIET_ROUTE.test(route)) return 'debug';
  return status === 503 ? 'warn' : 'info';
}
