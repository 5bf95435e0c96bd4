import type { CallContext, Caller, Claim, PoolShare } from '@app/platform';
import type { Order } from '../domain/order.js';

/** Who drives an operation forward: a request with its claim and its deadline, or the worker with neither. */
export interface AdvanceContext {
  readonly requestId: string;
  readonly traceparent?: string;
  readonly deadlineAtMs?: number;
  readonly claim?: Claim;
  /** Whose connections serve it; background work must not take those of requests. */
  readonly pool?: PoolShare;
}

export function requestContext(
  caller: Caller,
  claim?: Claim,
  deadlineAtMs: number = caller.deadlineAtMs,
): AdvanceContext {
  return {
    requestId: caller.requestId,
    deadlineAtMs,
    ...(caller.pool === undefined ? {} : { pool: caller.pool }),
    ...(caller.traceparent === undefined ? {} : { traceparent: caller.traceparent }),
    ...(claim === undefined ? {} : { claim }),
  };
}

/** A call to a sibling, and whose connections serve the lock around it. */
export interface HoldContext extends CallContext {
  readonly pool?: PoolShare;
}

export function callContext(order: Pick<Order, 'tenantId'>, context: AdvanceContext): HoldContext {
  return {
    pool: context.pool ?? 'request',
    tenantId: order.tenantId,
    requestId: context.requestId,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...(context.deadlineAtMs === undefined ? {} : { deadlineAtMs: context.deadlineAtMs }),
  };
}

/** The scope of a transaction that continues an operation on behalf of whoever began it. */
export function operationScope(
  order: Order,
  context: AdvanceContext,
): {
  readonly tenantId: string;
  readonly actor: { readonly kind: 'user' | 'service' | 'system'; readonly id: string };
  readonly requestId: string;
  readonly pool: PoolShare;
} {
  return {
    pool: context.pool ?? 'request',
    tenantId: order.tenantId,
    actor: order.opCause?.actor ?? { kind: 'system', id: 'order-service' },
    requestId: order.opCause?.requestId ?? context.requestId,
  };
}
