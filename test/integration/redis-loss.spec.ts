import { randomUUID } from 'node:crypto';
import { RedisConnection } from '@app/platform';
import { deleteKeys } from '../../scripts/servers/redis.js';
import { eventually } from '../support/eventually.js';
import { freshPrefix, testRedisUrl } from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { anOrder, World, type Answer, type Client, type GivenOrder } from '../support/world/index.js';

const BUYERS = 40;
const TICKETS = 10;
const LIMIT = 5;
/** More than any command may take. */
const SLOW_MS = 500;
const TIMEOUT_MS = '200';

let world: World;
let wire: TcpProxy;
let prefix: string;

beforeAll(async () => {
  wire = await TcpProxy.before(testRedisUrl());
  prefix = freshPrefix();
  world = await World.start({
    instances: 2,
    config: {
      REDIS_URL: wire.url(testRedisUrl()),
      REDIS_KEY_PREFIX: prefix,
      REDIS_TIMEOUT_MS: TIMEOUT_MS,
      RATE_LIMIT_ENABLED: 'true',
      RATE_LIMIT_CREATE_PER_MINUTE: String(LIMIT),
      RATE_LIMIT_RESERVE_PER_MINUTE: '1000',
    },
  });
});

beforeEach(async () => {
  wire.mend();
  await eventually('every process has Redis', () => states().every((state) => state === 'ok'));
});

afterEach(async () => {
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
  await wire.stop();
});

function states(): readonly string[] {
  return world.getAll(RedisConnection).map((redis) => redis.state());
}

/** What becomes of Redis, and what the processes then think of it. */
const LOSSES = [
  { name: 'dies', strike: () => wire.cut(), leaves: 'down' },
  { name: 'hangs', strike: () => wire.freeze(), leaves: 'down' },
  { name: 'needs half a second a command', strike: () => wire.slowDown(SLOW_MS), leaves: 'down' },
  { name: 'forgets everything', strike: () => deleteKeys(testRedisUrl(), prefix), leaves: 'ok' },
] as const;

describe.each(LOSSES)('while Redis $name', ({ strike, leaves }) => {
  it('forty buyers get ten tickets, although it happens in the middle of the rush', async () => {
    const event = await world.createEvent({ capacity: TICKETS });
    const orders = await ordersOf(BUYERS, event);
    // Long enough for locks to be held, and waited for, when it happens.
    await world.siblings.fault({ service: 'ticket-service', operation: 'reserve', mode: 'latency', ms: 100 });

    const rush = Promise.all(orders.map((order) => insist(order)));
    await eventually('the rush runs', async () => (await world.ledger()).stock.some(({ held }) => held > 0));
    await strike();
    const answers = await rush;

    expect(countOf(answers.map(({ status }) => String(status)))).toEqual({
      200: TICKETS,
      409: BUYERS - TICKETS,
    });
    const { stock, oversold } = await world.ledger();
    expect(oversold).toBe(0);
    const [type] = event.ticketTypes;
    expect(stock.find(({ ticketTypeId }) => ticketTypeId === type?.id)).toMatchObject({ held: TICKETS });
  });

  it('one key makes one order, and its answer is given again byte for byte', async () => {
    const event = await world.createEvent();
    const buyer = await world.person();
    const key = randomUUID();
    const before = await world.createOrder(event, {}, buyer, { key });
    await strike();

    const replayed = await world.createOrder(event, {}, buyer, { key });
    const another = await world.person();
    const sharedKey = randomUUID();
    const twice = await Promise.all(
      Array.from({ length: LIMIT }, () => world.createOrder(event, {}, another, { key: sharedKey })),
    );

    expect([replayed.status, replayed.text]).toEqual([201, before.text]);
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
    for (const { status } of twice) expect([201, 409]).toContain(status);
    const rows = await world.rows('select id from orders where user_id = any ($1)', [[buyer.id, another.id]]);
    expect(rows).toHaveLength(2);
  });

  it('every process still limits a buyer, and only the first command waits for Redis', async () => {
    const event = await world.createEvent();
    await strike();
    const buyer = await world.person();

    const statuses: number[] = [];
    for (let count = 0; count < 3 * LIMIT; count += 1)
      statuses.push((await world.createOrder(event, {}, buyer)).status);

    const shared = leaves === 'ok' ? 1 : states().length;
    expect(countOf(statuses.map(String))).toEqual({ 201: shared * LIMIT, 429: (3 - shared) * LIMIT });
    expect(states()).toEqual(states().map(() => leaves));
  });
});

describe('when Redis is back', () => {
  it('the processes share their limits and locks again, and nothing given up is done late', async () => {
    const event = await world.createEvent({ capacity: TICKETS });
    wire.freeze();
    const orders = await ordersOf(BUYERS, event);
    const rush = Promise.all(orders.map((order) => insist(order)));
    wire.mend();
    const answers = await rush;
    await eventually('every process has Redis', () => states().every((state) => state === 'ok'));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(TICKETS);
    const [buyer, open] = [await world.person(), await world.createEvent()];
    const statuses: number[] = [];
    for (let count = 0; count < 2 * LIMIT; count += 1)
      statuses.push((await world.createOrder(open, {}, buyer)).status);
    expect(countOf(statuses.map(String))).toEqual({ 201: LIMIT, 429: LIMIT });
  });
});

function ordersOf(
  count: number,
  event: Awaited<ReturnType<World['createEvent']>>,
): Promise<readonly GivenOrder[]> {
  return Promise.all(
    Array.from({ length: count }, async () =>
      anOrder()
        .for(event)
        .by(await world.person())
        .make(world),
    ),
  );
}

/** Reserves as a client does: the same key again while the answer says that this helps. */
async function insist(order: GivenOrder): Promise<Answer<unknown>> {
  const key = randomUUID();
  const buyer: Client = order.buyer;
  for (let tries = 0; tries < 50; tries += 1) {
    const answer = await world.reserve(order.id, buyer, { key });
    if (Reflect.get(answer.body, 'retryable') !== true) return answer;
  }
  throw new Error(`Order ${order.id} was not answered in 50 tries.`);
}

function countOf(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
