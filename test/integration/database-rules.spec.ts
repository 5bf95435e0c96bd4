import { ORDER_STATUSES, verb, VERB_NAMES } from '@app/orders';
import { Database, type Transaction } from '@app/platform';
import { anOrder, World, type GivenOrder } from '../support/world/index.js';

const OTHER_TENANT = '0190b000-0000-7000-8000-0000000000bb';

/** What the worker role may claim across tenants; everything else it may not even read. */
const CLAIMED = [
  'idempotency_keys',
  'inbox',
  'lock_leases',
  'operation_items',
  'operations',
  'order_effects',
  'order_refunds',
  'orders',
  'outbox',
  'reconciliation_findings',
  'tenant_settings',
];

let world: World;
let order: GivenOrder;

beforeAll(async () => {
  world = await World.start();
  order = await anOrder().completed().make(world);
});

afterAll(async () => {
  await world.stop();
});

function asApp<T>(tenantId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return world.get(Database).transaction({ tenantId }, work);
}

function asWorker<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return world.get(Database).transaction({ tenantId: null, role: 'worker', pool: 'worker' }, work);
}

async function tenantTables(): Promise<readonly string[]> {
  const rows = await world.rows<{ name: string }>(
    `select c.relname as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
      order by c.relname`,
  );
  return rows.map(({ name }) => name);
}

describe('validate_order_status_transition', () => {
  it('says of every pair of statuses what the table in the code says', async () => {
    const allowed = new Set(
      VERB_NAMES.flatMap((name) => verb(name).from.map((from) => `${from} ${verb(name).to}`)),
    );
    const pairs = ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.map((to) => ({ from, to })));

    const rows = await world.rows<{ from: string; to: string; ok: boolean }>(
      `select p."from", p."to", validate_order_status_transition(p."from", p."to") as ok
         from jsonb_to_recordset($1) as p ("from" text, "to" text)`,
      [JSON.stringify(pairs)],
    );

    expect(rows).toHaveLength(49);
    for (const { from, to, ok } of rows)
      expect([from, to, ok]).toEqual([from, to, allowed.has(`${from} ${to}`)]);
  });

  it('stands behind a trigger, whoever writes', async () => {
    await expect(
      world.rows(`update orders set status = 'PENDING', version = version + 1 where id = $1`, [order.id]),
    ).rejects.toMatchObject({ constraint: 'orders_status_transition_check' });
  });

  it('comes with a rule that a change of status raises the version', async () => {
    const pending = await anOrder().make(world);

    await expect(
      world.rows(`update orders set status = 'CANCELLED', expires_at = null where id = $1`, [pending.id]),
    ).rejects.toMatchObject({ constraint: 'orders_version_check' });
  });
});

describe('row-level security', () => {
  it('is enabled and forced on every table that has a tenant, and no other table holds data of ours', async () => {
    const rows = await world.rows<{ relname: string; isOn: boolean }>(
      `select relname, relrowsecurity and relforcerowsecurity as "isOn" from pg_class
        where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'
        order by relname`,
    );

    expect(rows.filter(({ isOn }) => !isOn)).toEqual([]);
    expect(rows.map(({ relname }) => relname)).toEqual(await tenantTables());
    expect(rows.length).toBeGreaterThan(20);
  });

  it('shows the app role its own tenant only, in every table', async () => {
    const tables = await tenantTables();
    const counts = (tenantId: string): Promise<readonly number[]> =>
      asApp(tenantId, async (tx) => {
        const found = [];
        for (const name of tables)
          found.push((await tx.one<{ count: number }>(`select count(*)::int as count from ${name}`)).count);
        return found;
      });

    const own = await counts(world.buyer.tenantId);
    const others = await counts(OTHER_TENANT);

    expect(own[tables.indexOf('orders')]).toBeGreaterThan(0);
    expect(own[tables.indexOf('order_tickets')]).toBeGreaterThan(0);
    expect(others).toEqual(tables.map(() => 0));
  });

  it('lets nobody write into another tenant', async () => {
    await expect(
      asApp(OTHER_TENANT, (tx) =>
        tx.execute(
          'insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, $2, $3, now())',
          [world.buyer.tenantId, order.event.id, 'not mine'],
        ),
      ),
    ).rejects.toThrow('row-level security');
    expect(
      await asApp(OTHER_TENANT, (tx) =>
        tx.execute('update orders set cancel_reason = $2 where id = $1', [order.id, 'not mine']),
      ),
    ).toBe(0);
  });

  it('shows a transaction without a tenant nothing, also on a connection that has just served one', async () => {
    const database = world.get(Database);
    await asApp(world.buyer.tenantId, (tx) => tx.query('select 1'));

    const rows = await database.transaction({ tenantId: null }, (tx) => tx.query('select id from orders'));

    expect(rows).toEqual([]);
  });

  it('lets the worker role see every tenant in the tables it claims from, and no other table at all', async () => {
    for (const name of await tenantTables()) {
      const reading = asWorker((tx) => tx.query(`select 1 from ${name} limit 1`));
      if (CLAIMED.includes(name)) await expect(reading).resolves.toEqual(expect.any(Array));
      else await expect(reading).rejects.toThrow('permission denied');
    }
    expect(await asWorker((tx) => tx.query('select id from orders where id = $1', [order.id]))).toHaveLength(
      1,
    );
  });
});

describe('what is append-only', () => {
  it.each(['order_events', 'audit_log'])(
    '%s can be neither changed nor emptied by the app role',
    async (name) => {
      for (const statement of [`update ${name} set actor_id = 'x'`, `delete from ${name}`])
        await expect(asApp(world.buyer.tenantId, (tx) => tx.execute(statement))).rejects.toThrow(
          'permission denied',
        );
    },
  );

  it('the history cannot be changed by the owner either', async () => {
    await expect(
      world.rows(`update order_events set reason = 'x' where order_id = $1`, [order.id]),
    ).rejects.toThrow('append-only');
    await expect(world.rows('delete from order_events where order_id = $1', [order.id])).rejects.toThrow(
      'append-only',
    );
  });

  it('orders, payments, refunds and tickets are never deleted by the service', async () => {
    for (const name of ['orders', 'order_items', 'order_payments', 'order_refunds', 'order_tickets'])
      await expect(asApp(world.buyer.tenantId, (tx) => tx.execute(`delete from ${name}`))).rejects.toThrow(
        'permission denied',
      );
  });
});

describe('money in the database', () => {
  it('never pays back more than came in, whatever the code believes', async () => {
    await expect(
      world.rows('update order_payments set refund_reserved_cents = received_cents + 1 where order_id = $1', [
        order.id,
      ]),
    ).rejects.toMatchObject({ constraint: 'order_payments_refund_check' });
  });

  it('has a total that is the sum of its parts, for ever', async () => {
    await expect(
      world.rows('update orders set tax_cents = tax_cents + 1 where id = $1', [order.id]),
    ).rejects.toMatchObject({ constraint: 'orders_total_check' });
    await expect(
      world.rows('update orders set total_cents = total_cents + 1, tax_cents = tax_cents + 1 where id = $1', [
        order.id,
      ]),
    ).rejects.toMatchObject({ constraint: 'orders_immutable_check' });
  });
});

describe('an order number', () => {
  it('is random: twelve symbols of Crockford base32, no two alike', async () => {
    const rows = await world.rows<{ number: string }>(
      'select generate_order_number() as number from generate_series(1, 2000)',
    );

    for (const { number } of rows) expect(number).toMatch(/^ORD-[0-9A-HJKMNP-TV-Z]{12}$/);
    expect(new Set(rows.map(({ number }) => number)).size).toBe(2_000);
  });
});
