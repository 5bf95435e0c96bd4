import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '@app/platform';
import { anOrder, World } from '../support/world/index.js';
import { ROOT, filesIn } from '../support/yaml-files.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world.stop();
});

interface Key {
  readonly relation: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Every primary key, unique constraint and unique index, as PostgreSQL enforces it. */
function uniqueKeys(): Promise<readonly Key[]> {
  return world.rows<Key>(
    `select t.relname as relation, i.relname as name,
            array(select a.attname::text from pg_attribute a where a.attrelid = t.oid and a.attnum = any (x.indkey)) as columns
       from pg_index x
       join pg_class t on t.oid = x.indrelid
       join pg_class i on i.oid = x.indexrelid
      where x.indisunique and t.relnamespace = 'public'::regnamespace and t.relname <> 'schema_migrations'
      order by 1, 2`,
  );
}

/** Unique over all tenants on purpose; the reason is the second word. */
const ACROSS_TENANTS = new Map([['outbox_position_key', 'the event feed has one order for everybody']]);

describe('the schema can be distributed by tenant (Citus)', () => {
  it('keeps the tenant in every table, and never without one', async () => {
    const without = await world.rows(
      `select c.relname from pg_class c
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'schema_migrations'
          and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull)`,
    );

    expect(without).toEqual([]);
  });

  it('has the tenant in every primary and unique key, but for the ones that are explained', async () => {
    const keys = await uniqueKeys();
    const without = keys.filter(({ columns }) => !columns.includes('tenant_id')).map(({ name }) => name);

    expect(keys.length).toBeGreaterThan(30);
    expect(without).toEqual([...ACROSS_TENANTS.keys()]);
  });

  it('refers from tenant to the same tenant in every foreign key', async () => {
    const keys = await world.rows<{ name: string; pairs: readonly string[] }>(
      `select c.conname as name,
              array(select f.attname || '=' || t.attname
                      from unnest(c.conkey, c.confkey) as pair (own, other)
                      join pg_attribute f on f.attrelid = c.conrelid and f.attnum = pair.own
                      join pg_attribute t on t.attrelid = c.confrelid and t.attnum = pair.other) as pairs
         from pg_constraint c
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace`,
    );

    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter(({ pairs }) => !pairs.includes('tenant_id=tenant_id'))).toEqual([]);
  });

  it('says the tenant in every join of two tables', async () => {
    const tables = new Set(
      (
        await world.rows<{ name: string }>('select relname as name from pg_class where relkind = $1', ['r'])
      ).map(({ name }) => name),
    );
    const joins = filesIn('libs', '.ts')
      .filter((path) => !path.endsWith('.spec.ts'))
      .flatMap((path) =>
        Array.from(
          readFileSync(join(ROOT, path), 'utf8').matchAll(/\bjoin (\w+) \w+ on ([^\n]+)/g),
          ([, table = '', condition = '']) => ({ path, table, condition }),
        ),
      )
      .filter(({ table }) => tables.has(table));

    expect(joins.length).toBeGreaterThanOrEqual(8);
    expect(joins.filter(({ condition }) => !condition.includes('tenant_id'))).toEqual([]);
  });

  it('sees one tenant in every policy of the role that serves requests', async () => {
    const open = await world.rows(
      `select tablename from pg_policies where policyname like '%_tenant' and qual not like '%tenant_id = %app.tenant_id%'`,
    );

    expect(open).toEqual([]);
  });
});

describe('the history can be partitioned by time', () => {
  it('in months of the order id, which is a UUID of version 7, without a change to any key', async () => {
    const order = await anOrder().completed().make(world);
    const [monthStart, monthEnd] = [boundary(order.id, -1), boundary(order.id, 1)];

    await world.rows(
      'create table partitioned_events (like order_events including all) partition by range (order_id)',
    );
    await world.rows(
      `create table partitioned_events_now partition of partitioned_events for values from ('${monthStart}') to ('${monthEnd}')`,
    );
    await world.rows('create table partitioned_events_rest partition of partitioned_events default');
    await world.rows('insert into partitioned_events select * from order_events');

    const [present] = await world.rows<{ count: number }>(
      'select count(*)::int as count from partitioned_events_now where order_id = $1',
      [order.id],
    );
    const plan = await world.rows<{ 'QUERY PLAN': string }>(
      `explain select * from partitioned_events where tenant_id = '${order.event.tenantId}' and order_id = '${order.id}'`,
    );
    expect(present?.count).toBe(4);
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).not.toContain('partitioned_events_rest');
  });

  it('so does every id of ours: it is of version 7, and begins with its time', async () => {
    const order = await anOrder().pending().make(world);
    const ids = await world.rows<{ id: string; at: Date }>(
      `select id, created_at as at from orders union all select id, created_at from outbox where order_id = '${order.id}'`,
    );

    expect(ids.filter(({ id }) => id[14] !== '7')).toEqual([]);
    expect(ids.filter(({ id, at }) => Math.abs(timeOf(id) - at.getTime()) > 60_000)).toEqual([]);
  });
});

describe('an acknowledged order is on disk', () => {
  it('because no transaction, role or database turns synchronous_commit off', async () => {
    const [server] = await world.rows<{ value: string }>(
      `select setting as value from pg_settings where name = 'synchronous_commit'`,
    );
    const overrides = await world.rows(
      `select 1 from pg_db_role_setting s
        where array_to_string(s.setconfig, ',') like '%synchronous_commit%'
          and (s.setdatabase = (select oid from pg_database where datname = current_database())
               or s.setrole in (select oid from pg_roles where starts_with(rolname, $1)))`,
      [`${world.rolePrefix}_`],
    );
    const inside = await world
      .get(Database)
      .transaction({ tenantId: world.buyer.tenantId }, (tx) =>
        tx.one<{ value: string }>(`select current_setting('synchronous_commit') as value`),
      );

    expect(overrides).toEqual([]);
    expect(inside.value).toBe(server?.value);
  });
});

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

/** The least id of a month before or after this one's. */
function boundary(id: string, months: number): string {
  const at = new Date(timeOf(id));
  const ms = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
