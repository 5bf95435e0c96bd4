import { AppError } from '@app/kernel';
import {
  anOrder,
  World,
  type Answer,
  type ReservedView,
  type TestEvent,
  type WorldOptions,
} from '../support/world/index.js';

const NEVER_LOST = new AbortController().signal;
const BUYERS = 40;
const TICKETS = 10;

let world: World;

function inWorld(options: WorldOptions): void {
  beforeAll(async () => {
    world = await World.start({ instances: 2, ...options });
  });

  afterEach(async () => {
    await world.siblings.clearFaults();
  });

  afterAll(async () => {
    await world.stop();
  });
}

interface Rush {
  readonly event: TestEvent;
  readonly answers: readonly Answer<ReservedView>[];
}

/** Forty buyers with an order each ask for the last ten tickets at the same instant, on every process. */
async function rush(stockMode: 'atomic' | 'check-then-act'): Promise<Rush> {
  const event = await world.createEvent({ stockMode, capacity: TICKETS });
  const orders = await Promise.all(
    Array.from({ length: BUYERS }, async () =>
      anOrder()
        .for(event)
        .by(await world.person())
        .make(world),
    ),
  );
  // Wide enough a gap between reading stock and writing it for everybody to fall into.
  await world.siblings.fault({ service: 'ticket-service', operation: 'reserve', mode: 'latency', ms: 100 });
  const answers = await Promise.all(orders.map((order) => world.reserve(order.id, order.buyer)));
  return { event, answers };
}

function outcomes({ answers }: Rush): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = `${status} ${String(Reflect.get(body, 'code') ?? body.status)}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Neither our books nor those of ticket-service and payment-service show more than ten. */
async function expectTenReserved(done: Rush): Promise<void> {
  expect(outcomes(done)).toEqual({
    '200 RESERVED': TICKETS,
    '409 TICKETS_UNAVAILABLE': BUYERS - TICKETS,
  });
  const { stock, oversold, intents } = await world.ledger();
  expect(oversold).toBe(0);
  const [type] = done.event.ticketTypes;
  expect(stock.find(({ ticketTypeId }) => ticketTypeId === type?.id)).toMatchObject({ held: TICKETS });
  const rows = await world.rows<{ status: string; ids: string[] }>(
    `select status, array_agg(id::text) as ids from orders where event_id = $1 group by status order by status`,
    [done.event.id],
  );
  expect(rows.map(({ status, ids }) => [status, ids.length])).toEqual([
    ['PENDING', BUYERS - TICKETS],
    ['RESERVED', TICKETS],
  ]);
  const reserved = rows.find(({ status }) => status === 'RESERVED')?.ids ?? [];
  expect(intents.filter(({ orderId }) => reserved.includes(orderId))).toHaveLength(TICKETS);
}

describe.each([
  ['Redis', {}],
  ['PostgreSQL', { REDIS_URL: '' }],
] as const)('forty buyers for ten tickets on two processes, with locks in %s', (_name, config) => {
  inWorld({ config });

  it('get ten reservations and thirty "sold out"', async () => {
    await expectTenReserved(await rush('atomic'));
  });

  it('never get an eleventh although ticket-service reads before it writes', async () => {
    await expectTenReserved(await rush('check-then-act'));
  });
});

describe('with a lock that grants everyone', () => {
  inWorld({
    locks: {
      hold: (_keys, _request, work) => work({ signal: NEVER_LOST, leaveToExpire: () => undefined }),
    },
  });

  it('they get the same: correctness never needs it', async () => {
    await expectTenReserved(await rush('atomic'));
  });

  // Shows that the rush above is one: what the lock guards against really happens without it.
  it('they get more than ten from a ticket-service that reads before it writes', async () => {
    await rush('check-then-act');

    expect((await world.ledger()).oversold).toBeGreaterThan(0);
  });
});

describe('with a lock that is lost in mid-section', () => {
  inWorld({
    locks: {
      hold: (_keys, _request, work) => {
        const lost = new AbortController();
        setTimeout(() => {
          lost.abort();
        }, 5);
        return work({ signal: lost.signal, leaveToExpire: () => undefined });
      },
    },
  });

  it('they get the same', async () => {
    await expectTenReserved(await rush('atomic'));
  });
});

describe('with a lock that grants nobody', () => {
  inWorld({ locks: { hold: () => Promise.reject(new AppError('LOCK_TIMEOUT')) } });

  it('they are all told to come back, and nothing is left behind', async () => {
    const done = await rush('atomic');

    expect(outcomes(done)).toEqual({ '503 LOCK_TIMEOUT': BUYERS });
    for (const { headers } of done.answers) expect(headers.get('retry-after')).toBe('1');
    expect((await world.ledger()).entries).toEqual([]);
    await world.holdersAreGone();
    await world.settle();
    expect(await world.rows('select distinct status, op from orders')).toEqual([
      { status: 'PENDING', op: null },
    ]);
  });
});
