import { isUuid, type AppError, type ErrorCode } from '@app/kernel';
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

/** What a caller typed wrongly is no attempt at anything; of 401 nobody knows whose it was, so it is in the log alone. */
const STATUS_OF_NO_ATTEMPT = new Set([400, 401, 405, 413, 415, 429]);
/** Refused at the door, before anybody looked at what was asked. */
const CODES_OF_NO_ATTEMPT = new Set<ErrorCode>(['OVERLOADED', 'SHUTTING_DOWN']);

/**
 * What the audit log keeps of a request that failed; undefined when it was no privileged action, or nobody knows whose.
 * A refused look is kept only when it was forbidden.
 */
export function refusedAction(
  request: FastifyRequest & { user?: Identity },
  error: AppError,
): RefusedAction | undefined {
  const policy = request.routeOptions.config.endpoint;
  if (policy === undefined || policy.audience === 'open') return undefined;
  const { user: identity } = request;
  if (identity === undefined || !isPrivileged(policy, identity, error)) return undefined;
  return refusedOf(error, {
    identity,
    tenantHeader: [request.headers['x-tenant-id']].flat()[0],
    action: `${request.method} ${request.routeOptions.url ?? ''}`,
    subject: requestPath(request),
    changes: policy.changes,
    requestId: request.id,
  });
}

/** A privileged action and who attempted it, whichever way it was asked for. */
export interface Attempt extends Pick<RefusedAction, 'action' | 'subject' | 'requestId'> {
  readonly identity: Identity;
  readonly tenantHeader: string | undefined;
  /** False for a look. */
  readonly changes: boolean;
}

/** As `refusedAction`, of an attempt that is privileged. */
export function refusedOf(error: AppError, attempt: Attempt): RefusedAction | undefined {
  const { status, kind, title } = error.row;
  if (STATUS_OF_NO_ATTEMPT.has(status) || CODES_OF_NO_ATTEMPT.has(error.code)) return undefined;
  if (!attempt.changes && status !== 403) return undefined;
  const actor = actorOf(attempt);
  if (actor === undefined) return undefined;
  const { action, subject, requestId } = attempt;
  return {
    ...actor,
    action,
    subject: subject.slice(0, SUBJECT_LENGTH_MAX),
    outcome: kind === 'bug' || kind === 'upstream' ? 'failed' : 'refused',
    code: error.code,
    // The words of a bug may quote anything; its request id leads to the log.
    reason: kind === 'bug' ? title : error.detail,
    requestId,
  };
}

/** True for a route of admins or services; on the others for what an admin may not do, or a buyer may never do. */
export function isPrivilegedRoute(policy: EndpointPolicy): boolean {
  return policy.audience === 'service' || (policy.audience === 'user' && policy.role === 'admin');
}

function isPrivileged(policy: EndpointPolicy, identity: Identity, error: AppError): boolean {
  if (isPrivilegedRoute(policy) || error.code === 'FORBIDDEN') return true;
  return identity.kind === 'user' && identity.role === 'admin';
}

/** Whose token it was, also when it opened nothing; the tenant is what the token or its header names. */
function actorOf({ identity, tenantHeader }: Attempt): Pick<RefusedAction, 'tenantId' | 'actor'> | undefined {
  if (identity.kind === 'user')
    return { tenantId: identity.tenantId, actor: { kind: 'user', id: identity.userId } };
  const tenantId = identity.tenantId ?? tenantHeader?.trim().toLowerCase();
  return isUuid(tenantId) ? { tenantId, actor: { kind: 'service', id: identity.name } } : undefined;
}
