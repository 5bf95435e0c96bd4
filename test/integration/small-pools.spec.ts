import { anOrder, World } from '../support/world/index.js';

let world: World;

// Whoever takes a second connection while it holds one shows here: with two connections the third request waits for ever.
beforeAll(async () => {
  world = await World.start({
    config: { DB_POOL_MAX: '2', DB_WORKER_POOL_MAX: '2', REDIS_URL: '', DB_ACQUIRE_TIMEOUT_MS: '20000' },
  });
});

afterAll(async () => {
  await world.stop();
});

function twelve<T>(work: (index: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: 12 }, (_entry, index) => work(index)));
}

describe('a pool of two connections, with the locks in PostgreSQL too', () => {
  it('is enough for twelve purchases at once, from create to the tickets', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 50 });

    const orders = await twelve(() => anOrder().for(event).paid().make(world));
    const confirms = await twelve((index) =>
      world.confirm(orders[index]?.id ?? '', orders[index]?.intentId ?? ''),
    );
    await world.settle();

    expect(confirms.map(({ status }) => status)).toEqual(confirms.map(() => 200));
    const rows = await world.rows(
      'select status, count(*)::int from orders where event_id = $1 group by status',
      [event.id],
    );
    expect(rows).toEqual([{ status: 'COMPLETED', count: 12 }]);
  });

  it('is enough for twelve cancels, twelve refunds and the jobs at once', async () => {
    const event = await world.createEvent();
    const reserved = await twelve(() => anOrder().for(event).reserved().make(world));
    const paid = await twelve(() => anOrder().for(event).paid().make(world));
    await twelve((index) => world.confirm(paid[index]?.id ?? '', paid[index]?.intentId ?? ''));
    await world.settle();

    const [cancels, refunds] = await Promise.all([
      twelve((index) => world.cancel(reserved[index]?.id ?? '')),
      twelve((index) => world.refund(paid[index]?.id ?? '')),
      world.runJob('effects'),
      world.runJob('expiration'),
    ]);
    await world.settle();

    expect(cancels.map(({ status }) => status)).toEqual(cancels.map(() => 200));
    expect(refunds.map(({ status }) => status)).toEqual(refunds.map(() => 202));
    const rows = await world.rows(
      'select status, count(*)::int from orders where event_id = $1 group by status order by status',
      [event.id],
    );
    expect(rows).toEqual([
      { status: 'CANCELLED', count: 12 },
      { status: 'REFUNDED', count: 12 },
    ]);
  });

  it('is enough to expire twelve reservations', async () => {
    const orders = await twelve(() => anOrder().reserved().make(world));
    await world.timePasses({ minutes: 16 });

    await world.runJob('expiration');
    await world.settle();

    for (const { id } of orders) expect(await world.order(id)).toMatchObject({ status: 'EXPIRED' });
  });
});
