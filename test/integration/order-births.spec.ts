import { AppError } from '@app/kernel';
import { Client as PgClient } from 'pg';
import { Database, type TransactionScope } from '@app/platform';
import {
  aKey,
  World,
  type Answer,
  type Client,
  type OrderView,
  type TestEvent,
} from '../support/world/index.js';

const CROWD = 12;

let world: World;
let event: TestEvent;
let buyers: readonly Client[];

beforeAll(async () => {
  world = await World.start({ config: { DB_LOCK_TIMEOUT_MS: '300' } });
  buyers = await Promise.all(Array.from({ length: CROWD }, () => world.person()));
});

beforeEach(async () => {
  event = await world.createEvent({ capacity: 1_000 });
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  await world.stop();
});

function isCreate({ step }: TransactionScope): boolean {
  return step === 'create.tx1';
}

/** Watches the create transactions. @returns how many orders each was to write */
function watchCreates(): readonly number[] {
  const database = world.get(Database);
  const real = database.transaction.bind(database);
  const sizes: number[] = [];
  jest.spyOn(database, 'transaction').mockImplementation((scope, work) => {
    if (isCreate(scope)) sizes.push(scope.orderNumberCount ?? 0);
    return real(scope, work);
  });
  return sizes;
}

/** Everybody buys at once, each under a key and a request id of their own. */
function everybodyBuys(
  keys: readonly string[] = buyers.map(() => aKey()),
): Promise<readonly Answer<OrderView>[]> {
  return Promise.all(
    buyers.map((buyer, index) =>
      world.createOrder(event, {}, buyer, {
        key: keys[index] ?? aKey(),
        headers: { 'x-request-id': requestIdOf(buyer) },
      }),
    ),
  );
}

function requestIdOf(buyer: Client): string {
  return `request-of-${buyer.id}`;
}

function ordersOfEvent(): Promise<readonly { id: string; user_id: string; order_number: string }[]> {
  return world.rows('select id, user_id, order_number from orders where event_id = $1', [event.id]);
}

describe('creates of one event that come at once', () => {
  it('are committed together, each with what it would have had alone', async () => {
    const sizes = watchCreates();

    const answers = await everybodyBuys();

    expect(answers.map(({ status }) => status)).toEqual(buyers.map(() => 201));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(CROWD);
    expect(sizes.length).toBeLessThan(CROWD);
    const orders = await ordersOfEvent();
    expect(new Set(orders.map((order) => order.order_number)).size).toBe(CROWD);
    for (const [index, answer] of answers.entries()) {
      const buyer = buyers[index];
      if (buyer === undefined) throw new Error('An answer without a buyer.');
      expect(answer.body.userId).toBe(buyer.id);
      expect(
        await world.rows(
          `select type, actor_kind, actor_id, from_status, to_status, sequence, request_id from order_events where order_id = $1`,
          [answer.body.id],
        ),
      ).toEqual([
        {
          type: 'order.created',
          actor_kind: 'user',
          actor_id: buyer.id,
          from_status: null,
          to_status: 'PENDING',
          sequence: 1,
          request_id: requestIdOf(buyer),
        },
      ]);
      const [told] = await world.rows<{ count: number; stored: string }>(
        `select (select count(*)::int from outbox where order_id = $1) as count,
                (select response_body from idempotency_keys where order_id = $1) as stored`,
        [answer.body.id],
      );
      expect(told).toEqual({ count: 1, stored: answer.text });
    }
  });

  it('do not hear of it when one of them used its key for something else', async () => {
    const keys = buyers.map(() => aKey());
    const guilty = CROWD - 2;
    await world.createOrder(event, { quantity: 2 }, buyers[guilty], { key: keys[guilty] ?? null });

    const answers = await everybodyBuys(keys);

    expect(answers.map(({ status }) => status)).toEqual(
      buyers.map((_buyer, index) => (index === guilty ? 422 : 201)),
    );
    expect(answers[guilty]?.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await ordersOfEvent()).toHaveLength(CROWD);
  });

  it('do not hear of it when the database refuses one of them', async () => {
    const keys = buyers.map(() => aKey());
    const guilty = CROWD - 2;
    // Its key was forgotten long ago, its order is still there.
    await world.createOrder(event, {}, buyers[guilty], { key: keys[guilty] ?? null });
    await world.rows('delete from idempotency_keys where key = $1', [keys[guilty]]);
    const sizes = watchCreates();

    const answers = await everybodyBuys(keys);

    expect(answers.map(({ status }) => status)).toEqual(
      buyers.map((_buyer, index) => (index === guilty ? 422 : 201)),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    expect(await ordersOfEvent()).toHaveLength(CROWD);
  });

  it('do not wait for it when somebody else holds the key of one of them', async () => {
    const keys = buyers.map(() => aKey());
    const guilty = CROWD - 2;
    const holder = new PgClient({ connectionString: world.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query(
      `insert into idempotency_keys (tenant_id, principal, key, fingerprint, state, lease_until, created_at, expires_at)
       values ($1, $2, $3, 'another process', 'running', now() + interval '1 minute', now(), now() + interval '1 hour')`,
      [buyers[guilty]?.tenantId, `user:${buyers[guilty]?.id}`, keys[guilty]],
    );

    const answers = await everybodyBuys(keys);
    await holder.query('rollback');
    await holder.end();

    expect(answers.map(({ status }) => status)).toEqual(
      buyers.map((_buyer, index) => (index === guilty ? 503 : 201)),
    );
    expect(await ordersOfEvent()).toHaveLength(CROWD - 1);
  });

  it('are all refused when the sale was stopped, and leave nothing', async () => {
    await world.rows(
      `insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, $2, 'called off', now())`,
      [world.buyer.tenantId, event.id],
    );

    const answers = await everybodyBuys();

    for (const { status, body } of answers)
      expect([status, body]).toMatchObject([422, { code: 'EVENT_NOT_ON_SALE' }]);
    expect(await ordersOfEvent()).toEqual([]);
  });

  it('exist once each when the reply to their commit was lost and they are sent again', async () => {
    const keys = buyers.map(() => aKey());
    const database = world.get(Database);
    const real = database.transaction.bind(database);
    let isLost = true;
    jest.spyOn(database, 'transaction').mockImplementation(async (scope, work) => {
      const result = await real(scope, work);
      if (isLost && isCreate(scope)) throw new AppError('UPSTREAM_UNAVAILABLE', { upstream: 'database' });
      return result;
    });

    const first = await everybodyBuys(keys);
    isLost = false;
    const again = await everybodyBuys(keys);

    for (const answers of [first, again])
      expect(answers.map(({ status }) => status)).toEqual(buyers.map(() => 201));
    expect(again.map(({ text }) => text)).toEqual(first.map(({ text }) => text));
    expect(await ordersOfEvent()).toHaveLength(CROWD);
  });
});
