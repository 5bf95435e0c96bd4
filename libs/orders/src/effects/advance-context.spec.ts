import type { Caller } from '@app/platform';
import { anOrder } from '../testing/builders.js';
import { callContext, operationScope, requestContext } from './advance-context.js';

const caller = { requestId: 'r-1', deadlineAtMs: 5_000 } as Caller;

describe('who drives an operation forward', () => {
  it('is a request, with its deadline, its trace and nothing it does not have', () => {
    expect(requestContext(caller)).toEqual({ requestId: 'r-1', deadlineAtMs: 5_000 });
    expect(requestContext({ ...caller, traceparent: '00-1' }, undefined, 9_000)).toEqual({
      requestId: 'r-1',
      deadlineAtMs: 9_000,
      traceparent: '00-1',
    });
  });

  it('tells siblings tenant, request, trace and deadline, and locks whose connections to take', () => {
    const order = { tenantId: 't' };
    expect(callContext(order, { requestId: 'r-1' })).toEqual({
      pool: 'request',
      tenantId: 't',
      requestId: 'r-1',
    });
    expect(callContext(order, { requestId: 'r-1', traceparent: '00-1', deadlineAtMs: 7 })).toEqual({
      pool: 'request',
      tenantId: 't',
      requestId: 'r-1',
      traceparent: '00-1',
      deadlineAtMs: 7,
    });
  });

  it('acts for whoever began it, and for the service where nobody did', () => {
    const cause = { actor: { kind: 'user', id: 'u' }, reason: null, requestId: 'r-0' } as const;
    expect(operationScope(anOrder({ opCause: cause }), { requestId: 'r-1', pool: 'worker' })).toEqual({
      pool: 'worker',
      tenantId: 't',
      actor: cause.actor,
      requestId: 'r-0',
    });
    expect(operationScope(anOrder(), { requestId: 'r-1' })).toEqual({
      pool: 'request',
      tenantId: 't',
      actor: { kind: 'system', id: 'order-service' },
      requestId: 'r-1',
    });
  });
});
