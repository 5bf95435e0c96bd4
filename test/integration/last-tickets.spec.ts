import { AppError } from '@app/kernel';
import type { HeldLock, LockKey, LockRequest, Locks } from '@app/locking';
import { anOrder, World, type Answer, type NewTestEvent, type ReservedView } from '../support/world/index.js';

const BUYERS = 40;
const TICKETS = 10;

let world: World;

afterEach(async () => {
  await world.stop();
});

/** Forty buyers with an order each ask for the last ten tickets at the same instant, on every process. */
async function rush(event: NewTestEvent): Promise<readonly Answer<ReservedView>[]> {
  const scarce = await world.createEvent({ ...event, capacity: TICKETS });
  const orders = await Promise.all(
    Array.from({ length: BUYERS }, async () =>
      anOrder()
        .for(scarce)
        .by(await world.person())
        .make(world),
    ),
  );
  // Wide enough a gap between reading stock and writing it for everybody to fall into.
  await world.siblings.fault({ service: 'ticket-service', operation: 'reserve', mode: 'latency', ms: 25 });
  return Promise.all(orders.map((order) => world.reserve(order.id, order.buyer)));
}

function outcomes(answers: readonly Answer<ReservedView>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = `${status} ${String(Reflect.get(body, 'code') ?? body.status)}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Neither our books nor those of ticket-service and payment-service show more than ten. */
async function expectTenSold(answers: readonly Answer<ReservedView>[]): Promise<void> {
  expect(outcomes(answers)).toEqual({ '200 RESERVED': TICKETS, '409 TICKETS_UNAVAILABLE': BUYERS - TICKETS });
  const { stock, oversold, intents } = await world.ledger();
  expect(oversold).toBe(0);
  expect(stock.filter(({ held }) => held > 0)).toMatchObject([{ capacity: TICKETS, held: TICKETS }]);
  expect(intents).toHaveLength(TICKETS);
  const rows = await world.rows(`select status, count(*)::int from orders group by status order by status`);
  expect(rows).toEqual([
    { status: 'PENDING', count: BUYERS - TICKETS },
    { status: 'RESERVED', count: TICKETS },
  ]);
}

describe('forty buyers for ten tickets on three processes', () => {
  it.each([
    ['Redis', {}],
    ['PostgreSQL', { REDIS_URL: '' }],
  ] as const)('get ten reservations and thirty "sold out" with locks in %s', async (_name, config) => {
    world = await World.start({ instances: 3, config });

    await expectTenSold(await rush({ stockMode: 'atomic' }));
  });

  it.each([
    ['Redis', {}],
    ['PostgreSQL', { REDIS_URL: '' }],
  ] as const)(
    'never get an eleventh although ticket-service reads before it writes, with locks in %s',
    async (_name, config) => {
      world = await World.start({ instances: 3, config });

      await expectTenSold(await rush({ stockMode: 'check-then-act' }));
    },
  );

  it('get the same with a lock that grants everyone: correctness never needs it', async () => {
    world = await World.start({ instances: 3, locks: new EverybodysLock() });

    await expectTenSold(await rush({ stockMode: 'atomic' }));
  });

  it('get the same with a lock that is lost in mid-section', async () => {
    world = await World.start({ instances: 3, locks: new LostLock() });

    await expectTenSold(await rush({ stockMode: 'atomic' }));
  });

  it('are all told to come back by a lock that grants nobody, and leave nothing behind', async () => {
    world = await World.start({ instances: 3, locks: new NobodysLock() });

    const answers = await rush({ stockMode: 'atomic' });

    expect(outcomes(answers)).toEqual({ '503 LOCK_TIMEOUT': BUYERS });
    for (const { headers } of answers) expect(headers.get('retry-after')).toBe('1');
    const { entries } = await world.ledger();
    expect(entries).toEqual([]);
    await world.holdersAreGone();
    await world.settle();
    expect(await world.rows('select distinct status, op from orders')).toEqual([
      { status: 'PENDING', op: null },
    ]);
  });
});

/** The fault that the lock guards against is real: without one a check-then-act ticket-service sells too many. */
describe('the same rush without any lock', () => {
  it('oversells when ticket-service reads before it writes', async () => {
    world = await World.start({ instances: 3, locks: new EverybodysLock() });

    await rush({ stockMode: 'check-then-act' });

    expect((await world.ledger()).oversold).toBeGreaterThan(0);
  });
});

const NEVER_LOST = new AbortController().signal;

class EverybodysLock implements Locks {
  hold<T>(
    _keys: readonly LockKey[],
    _request: LockRequest,
    work: (held: HeldLock) => Promise<T>,
  ): Promise<T> {
    return work({ signal: NEVER_LOST, leaveToExpire: () => undefined });
  }
}

class LostLock implements Locks {
  hold<T>(
    _keys: readonly LockKey[],
    _request: LockRequest,
    work: (held: HeldLock) => Promise<T>,
  ): Promise<T> {
    const lost = new AbortController();
    setTimeout(() => {
      lost.abort();
    }, 5);
    return work({ signal: lost.signal, leaveToExpire: () => undefined });
  }
}

class NobodysLock implements Locks {
  hold<T>(): Promise<T> {
    return Promise.reject(new AppError('LOCK_TIMEOUT'));
  }
}
