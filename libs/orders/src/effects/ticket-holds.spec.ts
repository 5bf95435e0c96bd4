import { Locks, type HeldLock, type LockKey, type LockRequest } from '@app/locking';
import type { Config } from '@app/platform';
import type { ReserveBatchRequest, ReserveRequest, TicketServiceClient } from '@app/tickets';
import { TicketHolds } from './ticket-holds.js';

class FreeLocks extends Locks {
  readonly pools: LockRequest['pool'][] = [];

  hold<T>(_keys: readonly LockKey[], request: LockRequest, work: (held: HeldLock) => Promise<T>): Promise<T> {
    this.pools.push(request.pool);
    return work({ signal: new AbortController().signal, leaveToExpire: () => undefined });
  }
}

/** A ticket-service that calls one order's request another than it had sent before, alone or in a batch. */
function ticketServiceThatKnows(reusedOrderId: string): TicketServiceClient {
  const reserve = ({ orderId }: ReserveRequest): Promise<unknown> =>
    Promise.resolve(
      orderId === reusedOrderId
        ? { kind: 'refused', status: 422, code: 'KEY_REUSED', body: { unavailable: [] } }
        : { kind: 'done', status: 200, body: { orderId, status: 'HELD' } },
    );
  const reserveBatch = (_request: ReserveBatchRequest): Promise<unknown> =>
    Promise.resolve({ kind: 'refused', status: 422, code: 'KEY_REUSED', body: null });
  return { reserve, reserveBatch } as unknown as TicketServiceClient;
}

function requestOf(orderId: string): ReserveRequest {
  const items = [{ ticketTypeId: 'balcony', quantity: 1 }];
  return { orderId, generation: 1, eventId: 'opening-night', items, expiresAt: '2030-01-01T00:00:00Z' };
}

describe('orders that are held together', () => {
  it('are asked for one by one when the batch is refused, so that only the guilty one hears it', async () => {
    const clock = { now: () => new Date(0), monotonicMs: () => 0 };
    const config = { UPSTREAM_TIMEOUT_MS: 3_000 } as Config;
    const holds = new TicketHolds(ticketServiceThatKnows('guilty'), new FreeLocks(), clock, config);
    const context = { tenantId: 'tenant', requestId: 'request', deadlineAtMs: 12_000 };

    const outcomes = await Promise.all(
      // The first goes alone; the other two wait for it and go together.
      ['first', 'innocent', 'guilty'].map((id) => holds.hold(requestOf(id), `reserve:${id}:1`, context)),
    );

    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['held', 'held', 'key-reused']);
  });

  it('never share a lock, and its connections, with those of background work', async () => {
    const clock = { now: () => new Date(0), monotonicMs: () => 0 };
    const config = { UPSTREAM_TIMEOUT_MS: 3_000 } as Config;
    const locks = new FreeLocks();
    const holds = new TicketHolds(ticketServiceThatKnows('nobody'), locks, clock, config);
    const context = { tenantId: 'tenant', requestId: 'request', deadlineAtMs: 12_000 };

    await Promise.all([
      holds.hold(requestOf('of a buyer'), 'reserve:1', context),
      holds.hold(requestOf('of the worker'), 'reserve:2', { ...context, pool: 'worker' }),
    ]);

    expect(locks.pools).toEqual(['request', 'worker']);
  });
});
