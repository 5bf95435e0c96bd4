import { AppError } from '@app/kernel';
import { Locks, type HeldLock, type LockKey, type LockRequest } from '@app/locking';
import type { Config } from '@app/platform';
import type { ReserveBatchRequest, ReserveRequest, TicketServiceClient } from '@app/tickets';
import { TicketHolds, type HoldOutcome } from './ticket-holds.js';

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

/** Locks that refuse with an error instead of holding anything. */
class NoLocks extends Locks {
  constructor(private readonly error: Error) {
    super();
  }

  hold<T>(): Promise<T> {
    return Promise.reject(this.error);
  }
}

const CONTEXT = { tenantId: 'tenant', requestId: 'request', deadlineAtMs: 12_000 };

function holdsWith(
  answers: { readonly alone?: object; readonly together?: object },
  locks: Locks = new FreeLocks(),
  nowMs = 0,
): TicketHolds {
  const held = { kind: 'done', status: 200, body: {} };
  const tickets = {
    reserve: () => Promise.resolve(answers.alone ?? held),
    reserveBatch: () => Promise.resolve(answers.together ?? held),
  } as unknown as TicketServiceClient;
  const clock = { now: () => new Date(0), monotonicMs: () => nowMs };
  return new TicketHolds(tickets, locks, clock, { UPSTREAM_TIMEOUT_MS: 3_000 } as Config);
}

function holdAll(holds: TicketHolds, ids: readonly string[]): Promise<readonly HoldOutcome[]> {
  return Promise.all(ids.map((id) => holds.hold(requestOf(id), `reserve:${id}:1`, CONTEXT)));
}

describe('an order that is held alone', () => {
  const unavailable = [{ ticketTypeId: 'balcony', requested: 1, available: 0 }];

  it.each([
    [
      { kind: 'refused', code: 'INSUFFICIENT_TICKETS', body: { unavailable } },
      { kind: 'insufficient', unavailable },
    ],
    [{ kind: 'refused', code: 'RELEASED', body: null }, { kind: 'released' }],
    [
      { kind: 'unknown', reason: 'time-out' },
      { kind: 'unknown', reason: 'time-out' },
    ],
  ])('%j: %j', async (alone, expected) => {
    expect(await holdAll(holdsWith({ alone }), ['a'])).toEqual([expected]);
  });

  it('comes too late when its deadline has passed while it waited', async () => {
    expect(await holdAll(holdsWith({}, new FreeLocks(), 12_000), ['a'])).toEqual([
      { kind: 'not-sent', reason: 'deadline' },
    ]);
  });

  it('is told to come back when the lock is not to be had, and hears of a bug as one', async () => {
    expect(await holdAll(holdsWith({}, new NoLocks(new AppError('LOCK_TIMEOUT'))), ['a'])).toEqual([
      { kind: 'not-sent', reason: 'lock-timeout' },
    ]);
    await expect(holdAll(holdsWith({}, new NoLocks(new TypeError('a bug'))), ['a'])).rejects.toThrow('a bug');
  });

  it('is turned away when 2,000 others wait for the same event', async () => {
    const ids = Array.from({ length: 2_002 }, (_entry, index) => `order-${index}`);
    const together = { kind: 'unknown', reason: 'reset' };
    const outcomes = await holdAll(holdsWith({ together }), ids);
    expect(outcomes[0]).toEqual({ kind: 'held' });
    expect(outcomes.at(-1)).toEqual({ kind: 'not-sent', reason: 'queue-full' });
    expect(outcomes.filter(({ kind }) => kind === 'not-sent')).toHaveLength(1);
  });
});

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

  it('hear each its own result, and an order that the answer forgot hears that nobody knows', async () => {
    const results = [
      { orderId: 'held', status: 'HELD' },
      { orderId: 'released', status: 'RELEASED' },
      { orderId: 'short', status: 'INSUFFICIENT', unavailable: [] },
    ];
    const holds = holdsWith({ together: { kind: 'done', status: 200, body: { results } } });

    const outcomes = await holdAll(holds, ['first', 'held', 'released', 'short', 'forgotten']);

    expect(outcomes).toEqual([
      { kind: 'held' },
      { kind: 'held' },
      { kind: 'released' },
      { kind: 'insufficient', unavailable: [] },
      { kind: 'unknown', reason: 'echo-mismatch' },
    ]);
  });

  it('all learn that the outcome is unknown, and an order that asks twice is asked for in two batches', async () => {
    const holds = holdsWith({ together: { kind: 'unknown', reason: 'time-out' } });

    const outcomes = await holdAll(holds, ['first', 'a', 'b', 'a']);

    expect(outcomes.map(({ kind }) => kind)).toEqual(['held', 'unknown', 'unknown', 'held']);
  });
});
