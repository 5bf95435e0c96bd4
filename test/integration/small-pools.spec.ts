import { Database } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { aKey, anOrder, World, type GivenOrder } from '../support/world/index.js';

const TRIES_MAX = 20;

let world: World;

// Whoever takes a second connection while it holds one shows here: the third request, or the job itself, waits for ever.
beforeAll(async () => {
  world = await World.start({
    config: {
      DB_POOL_MAX: '2',
      DB_WORKER_POOL_MAX: '1',
      REDIS_URL: '',
      DB_ACQUIRE_TIMEOUT_MS: '20000',
      DB_IDLE_TRANSACTION_TIMEOUT_MS: '60000',
    },
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

  it('is enough for every verb, reads and jobs mixed', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 100 });
    const pending = await twelve(() => anOrder().for(event).make(world));
    const reserved = await twelve(() => anOrder().for(event).reserved().make(world));
    const paid = await twelve(() => anOrder().for(event).paid().make(world));
    const completed = await twelve(() => anOrder().for(event).completed().make(world));
    const idOf = (orders: readonly GivenOrder[], index: number): string => orders[index]?.id ?? '';

    const [answers] = await Promise.all([
      twelve(async (index) => {
        const done = await Promise.all([
          insist((key) => world.createOrder(event, {}, world.buyer, { key })),
          insist((key) => world.reserve(idOf(pending, index), world.buyer, { key })),
          insist((key) => world.cancel(idOf(reserved, index), world.buyer, {}, { key })),
          insist((key) => world.confirm(idOf(paid, index), paid[index]?.intentId ?? '', { key })),
          insist((key) => world.refund(idOf(completed, index), {}, world.buyer, { key })),
          world.buyer.get('/api/v1/orders'),
          world.buyer.get(`/api/v1/orders/${idOf(completed, index)}/events`),
          world.buyer.get(`/api/v1/orders/${idOf(completed, index)}/refunds`),
          world.service.get('/internal/v1/orders/expiring?withinSeconds=60'),
          world.service.get('/internal/v1/events'),
        ]);
        return done.map(({ status }) => status);
      }),
      ...Array.from({ length: 4 }, () => world.runJob('effects')),
      ...Array.from({ length: 4 }, () => world.runJob('expiration')),
    ]);
    await world.settle();

    for (const statuses of answers)
      expect(statuses).toEqual([201, 200, 200, 200, 202, 200, 200, 200, 200, 200]);
  });

  it('lets background work go on, locks and all, while requests have every connection of theirs', async () => {
    const order = await anOrder().for({ capacity: 1 }).paid().make(world);
    await world.loseHold(order.id, 1);
    await world.siblings.fault({
      service: 'ticket-service',
      operation: 'confirm',
      mode: 'error-before',
      times: 1,
    });
    await world.confirm(order.id, order.intentId);
    await world.idle();

    const requests = holdRequestPool();
    await requests.held;
    // The seats are taken again, under a lock.
    await world.settle();
    const [row] = await world.rows<{ status: string }>('select status from orders where id = $1', [order.id]);
    requests.letGo();
    await requests.over;

    expect(row).toEqual({ status: 'COMPLETED' });
  });
});

/** Asks again under the same key while the answer says that this helps: a busy pool may refuse, but not for ever. */
async function insist<T extends { readonly status: number }>(ask: (key: string) => Promise<T>): Promise<T> {
  const key = aKey();
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(key);
    if (answer.status !== 503 || tries >= TRIES_MAX) return answer;
    // The queue that was too long has moved once this has stood in it.
    await world.get(Database).transaction({ tenantId: world.buyer.tenantId }, async () => undefined);
  }
}

/** Two requests that keep their connections until they are told. */
function holdRequestPool(): { readonly held: Promise<void>; readonly over: Promise<unknown>; letGo(): void } {
  let letGo: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begun = 0;
  const { tenantId } = world.buyer;
  const over = Promise.all(
    [1, 2].map(() =>
      world.get(Database).transaction({ tenantId }, async () => {
        begun += 1;
        await told;
      }),
    ),
  );
  return { held: eventually('both connections are taken', () => begun === 2), over, letGo };
}
