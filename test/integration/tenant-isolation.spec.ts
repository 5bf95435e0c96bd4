import { randomUUID } from 'node:crypto';
import { Database, type Transaction } from '@app/platform';
import { EVERY, INTERRUPTIONS, Operator, interrupted, type Interruption } from '../support/interruptions.js';
import { anOrder, World, type Client, type TestEvent } from '../support/world/index.js';

/** `npm run isolation` asks for 10,000 at each door. */
const REQUESTS = Number(process.env.ISOLATION_REQUESTS ?? '1000');
const TENANTS = 3;
const BURST = 25;

interface Tenant {
  readonly id: string;
  readonly event: TestEvent;
  readonly buyers: readonly Client[];
  readonly admin: Client;
  readonly orderIds: readonly string[];
}

let world: World;
let operator: Operator;
let tenants: readonly Tenant[];

// One connection for requests and one for background work: every transaction follows one of another tenant on it.
beforeAll(async () => {
  world = await World.start({
    config: { DB_POOL_MAX: '1', DB_WORKER_POOL_MAX: '1', REDIS_URL: '', DB_ACQUIRE_TIMEOUT_MS: '20000' },
  });
  operator = await Operator.at(world.databaseUrl);
  tenants = await Promise.all(Array.from({ length: TENANTS }, newTenant));
});

afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** Orders in several states, so that most tables have rows of every tenant. */
async function newTenant(): Promise<Tenant> {
  const id = randomUUID();
  const event = await world.createEvent({ tenantId: id, capacity: 100_000 });
  const buyers = await Promise.all([world.person({ tenantId: id }), world.person({ tenantId: id })]);
  const admin = await world.person({ tenantId: id, role: 'admin' });
  const orders = await Promise.all(
    buyers.flatMap((by) => [
      anOrder().for(event).by(by).make(world),
      anOrder().for(event).by(by).reserved().make(world),
      anOrder().for(event).by(by).reserved().make(world),
    ]),
  );
  await Promise.all(orders.slice(0, 3).map((order) => world.cancel(order.id, order.buyer)));
  const promo = { code: `C-${id}`, kind: 'percentage', percentBps: 1_000, reason: 'in a test' };
  expect((await admin.post('/api/v1/promo-codes', promo)).status).toBe(201);
  return { id, event, buyers, admin, orderIds: orders.map((order) => order.id) };
}

/** The member that number `n` of a run falls on; neighbours differ. */
function turn<T>(values: readonly T[], n: number): T {
  const value = values[n % values.length];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}

async function inBursts(count: number, work: (n: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += BURST) {
    const size = Math.min(BURST, count - start);
    await Promise.all(Array.from({ length: size }, (_entry, index) => work(start + index)));
  }
}

function interruptionOf(n: number): Interruption | undefined {
  return INTERRUPTIONS.find((name) => n % EVERY[name] === EVERY[name] - 1);
}

describe('at the door of the database, through one connection', () => {
  /** Counts the rows of every table by whose they are. */
  async function census(
    tx: Transaction,
    tables: readonly string[],
  ): Promise<Readonly<Record<string, number>>> {
    const counted = tables.map(
      (name) => `select tenant_id::text as id, count(*)::int as n from ${name} group by 1`,
    );
    const rows = await tx.query<{ readonly id: string; readonly n: number }>(
      `select id, sum(n)::int as n from (${counted.join(' union all ')}) as all_tables group by id`,
    );
    return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
  }

  it(`shows ${REQUESTS} interleaved transactions no foreign row, whatever interrupts the ones between`, async () => {
    const tables = (
      await world.rows<{ name: string }>(
        `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relrowsecurity`,
      )
    ).map(({ name }) => name);
    const database = world.get(Database);
    const expected = new Map<string, number>();
    for (const { id } of tenants) {
      const whole = await database.transaction({ tenantId: id }, (tx) => census(tx, tables));
      expected.set(id, whole[id] ?? 0);
    }
    const found: unknown[] = [];
    const struck = new Map<Interruption, number>();

    await inBursts(REQUESTS, async (n) => {
      const tenant = turn(tenants, n);
      const how = interruptionOf(n);
      if (how !== undefined) {
        const at = { tenantId: tenant.id, otherTenantId: turn(tenants, n + 1).id };
        await expect(interrupted(database, operator, how, at)).rejects.toThrow();
        struck.set(how, (struck.get(how) ?? 0) + 1);
        return;
      }
      const seen = await database.transaction({ tenantId: tenant.id }, (tx) => census(tx, tables));
      if (JSON.stringify(seen) !== JSON.stringify({ [tenant.id]: expected.get(tenant.id) })) found.push(seen);
    });

    expect(found).toEqual([]);
    expect([...struck.keys()].sort()).toEqual([...INTERRUPTIONS].sort());
    expect(tables.length).toBeGreaterThan(25);
    for (const count of expected.values()) expect(count).toBeGreaterThan(30);
  }, 600_000);
});

describe('over HTTP, through one connection', () => {
  const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  const STRIKE_EVERY = 41;
  const LEAVE_EVERY = 23;

  /** Whose an id is; ids of orders that are made on the way are added. */
  function owners(): Map<string, string> {
    return new Map(
      tenants.flatMap(({ id, event, buyers, admin, orderIds }) => [
        ...[id, event.id, admin.id, ...orderIds].map((mine) => [mine, id] as const),
        ...buyers.map((buyer) => [buyer.id, id] as const),
      ]),
    );
  }

  interface Wish {
    readonly by: Client;
    readonly path: string;
    readonly body?: unknown;
    readonly allowed: readonly number[];
  }

  function wishOf(n: number, tenant: Tenant, other: Tenant): Wish {
    const by = turn(tenant.buyers, n);
    const own = turn(tenant.orderIds, n);
    const foreign = turn(other.orderIds, n);
    const { id: eventId, ticketTypes } = tenant.event;
    const order = { eventId, items: ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity: 1 })) };
    const { admin } = tenant;
    return turn<Wish>(
      [
        { by, path: '/api/v1/orders?limit=100', allowed: [200] },
        { by: admin, path: `/api/v1/orders/${own}`, allowed: [200] },
        { by, path: '/api/v1/orders', body: order, allowed: [201] },
        { by: admin, path: '/api/v1/orders?limit=100', allowed: [200] },
        { by: admin, path: `/api/v1/orders/${foreign}`, allowed: [404] },
        { by: admin, path: `/api/v1/orders/${own}/events`, allowed: [200] },
        { by: admin, path: `/api/v1/orders/${foreign}/cancel`, body: {}, allowed: [404] },
        { by: admin, path: '/api/v1/promo-codes', allowed: [200] },
        { by: admin, path: '/api/v1/audit-log', allowed: [200] },
        { by: admin, path: `/api/v1/orders/${foreign}/explain`, allowed: [404] },
        { by: admin, path: `/api/v1/orders/${own}/explain`, allowed: [200] },
      ],
      n,
    );
  }

  it(`answers ${REQUESTS} interleaved requests without one foreign id, while sessions are cancelled and killed`, async () => {
    const ownerOf = owners();
    const wrong: unknown[] = [];
    const statuses = new Map<number, number>();

    await inBursts(REQUESTS, async (n) => {
      const tenant = turn(tenants, n);
      const { by, path, body, allowed } = wishOf(n, tenant, turn(tenants, n + 1));
      if (n % STRIKE_EVERY === 0) void operator.strikeAny(n % 2 === 0 ? 'cancel' : 'kill');
      if (n % LEAVE_EVERY === 0) return leaveEarly(by, path);
      const answer = body === undefined ? await by.get(path) : await by.post(path, body);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      // A struck session is a database that is away for a moment; nothing else may go wrong.
      if (![...allowed, 503].includes(answer.status)) wrong.push([path, answer.status, answer.text]);
      if (answer.status === 201) ownerOf.set(String(answer.body['id']), tenant.id);
      // A problem repeats the address it was asked at, and the audit log what its own admin was refused.
      const told = answer.status < 400 ? (withoutSubjects(answer.text).match(UUID) ?? []) : [];
      const foreign = told.filter((id) => (ownerOf.get(id) ?? tenant.id) !== tenant.id);
      if (foreign.length > 0) wrong.push([path, foreign]);
    });

    expect(wrong).toEqual([]);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 404]));
    expect(statuses.get(503) ?? 0).toBeLessThan(REQUESTS / 4);
  }, 600_000);

  /** The client goes away while its request is under way. */
  async function leaveEarly(by: Client, path: string): Promise<void> {
    const leaving = new AbortController();
    const asked = fetch(`${world.url}${path}`, {
      headers: { authorization: `Bearer ${by.token}` },
      signal: leaving.signal,
    });
    setImmediate(() => {
      leaving.abort();
    });
    await asked.then(
      (answer) => answer.body?.cancel(),
      () => undefined,
    );
  }

  it('has written every row under the tenant of who asked', async () => {
    const strays = await world.rows(
      `select o.id from orders o where not (o.tenant_id::text, o.user_id::text) in (
         select * from jsonb_to_recordset($1) as p (tenant text, buyer text))`,
      [
        JSON.stringify(
          tenants.flatMap(({ id, buyers }) => buyers.map((buyer) => ({ tenant: id, buyer: buyer.id }))),
        ),
      ],
    );

    expect(strays).toEqual([]);
    expect((await world.rows('select id from orders')).length).toBeGreaterThan(18);
  });
});

function withoutSubjects(text: string): string {
  return text.replaceAll(/"subject":"[^"]*"/g, '');
}
