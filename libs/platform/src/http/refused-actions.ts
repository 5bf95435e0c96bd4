import { isUuid, type AppError } from '@app/kernel';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../database/transaction.js';
import type { Identity } from './auth/identity.js';
import type { EndpointPolicy } from './endpoint.js';
import { requestPath } from './request-context.js';

/** A privileged action that was not done, and why. */
export interface RefusedAction {
  readonly tenantId: string;
  readonly actor: Actor;
  /** Method and route pattern: a short closed list. */
  readonly action: string;
  /** The path as it was asked for. */
  readonly subject: string;
  readonly outcome: 'refused' | 'failed';
  readonly code: string;
  readonly reason: string;
  readonly requestId: string;
}

/** Keeps refused actions; it returns at once and never throws. */
export interface RefusalRecorder {
  record(refused: RefusedAction): void;
}

export const REFUSAL_RECORDER = Symbol('RefusalRecorder');

const SUBJECT_LENGTH_MAX = 300;

/** What a caller typed wrongly, or was only asked to repeat, is no attempt at anything. */
const NOT_AN_ATTEMPT = new Set([400, 401, 405, 413, 415, 429, 503]);

/**
 * What the audit log keeps of a request that failed; undefined when it was no privileged action, or nobody knows whose.
 * A refused look is kept only when it was forbidden.
 */
export function refusedAction(request: FastifyRequest, error: AppError): RefusedAction | undefined {
  const policy = request.routeOptions.config.endpoint;
  if (policy === undefined || !isPrivileged(policy) || NOT_AN_ATTEMPT.has(error.row.status)) return undefined;
  const isLook = policy.audience !== 'open' && !policy.changes;
  if (isLook && error.row.status !== 403) return undefined;
  const caller = callerOf(request);
  if (caller === undefined) return undefined;
  return {
    ...caller,
    action: `${request.method} ${request.routeOptions.url ?? ''}`,
    subject: requestPath(request).slice(0, SUBJECT_LENGTH_MAX),
    outcome: error.row.kind === 'bug' ? 'failed' : 'refused',
    code: error.code,
    // The words of a bug may quote anything; its request id leads to the log.
    reason: error.row.kind === 'bug' ? error.row.title : error.detail,
    requestId: request.id,
  };
}

function isPrivileged(policy: EndpointPolicy): boolean {
  return policy.audience === 'service' || (policy.audience === 'user' && policy.role === 'admin');
}

/** Whose token it was, also when it opened nothing; the tenant is what the token or its header names. */
function callerOf(
  request: FastifyRequest & { user?: Identity },
): Pick<RefusedAction, 'tenantId' | 'actor'> | undefined {
  const { user: identity } = request;
  if (identity === undefined) return undefined;
  if (identity.kind === 'user')
    return { tenantId: identity.tenantId, actor: { kind: 'user', id: identity.userId } };
  const header = [request.headers['x-tenant-id']].flat()[0]?.trim().toLowerCase();
  const tenantId = identity.tenantId ?? header;
  return isUuid(tenantId) ? { tenantId, actor: { kind: 'service', id: identity.name } } : undefined;
}
