import { Client } from 'pg';
import { migratedDatabase } from '../support/platform-parts.js';
import type { TestDatabase } from '../support/test-database.js';

/** Tables that belong to no tenant, and why none is needed. */
const WITHOUT_TENANT: Readonly<Record<string, string>> = {
  schema_migrations: 'names of migrations; written by the owner, read by the start-up probe',
};

/** The worker draws positions from one sequence for all tenants: nobody can choose one, so a clash tells nothing. */
const UNIQUE_ACROSS_TENANTS = ['outbox_position_key'];

const OF_THE_TENANT = `(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)`;
const OUR_SCHEMAS = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;

let stored: TestDatabase;
let client: Client;

beforeAll(async () => {
  stored = await migratedDatabase();
  client = new Client({ connectionString: stored.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await stored.drop();
});

async function rows<Row extends object>(sql: string): Promise<readonly Row[]> {
  return (await client.query<Row>(sql)).rows;
}

interface TableRow {
  readonly name: string;
  readonly hasTenant: boolean;
  readonly isForced: boolean;
}

/** Every table of every schema of ours, partitions and foreign tables too. */
function tables(): Promise<readonly TableRow[]> {
  return rows<TableRow>(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as "isForced",
            exists (select from pg_attribute a
                     where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull
                       and a.atttypid = 'uuid'::regtype) as "hasTenant"
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'f') and ${OUR_SCHEMAS}
      order by c.relname`,
  );
}

describe('every table of the catalog', () => {
  it('has a tenant that cannot be missing, or is listed with the reason why not', async () => {
    const all = await tables();

    expect(all.filter(({ hasTenant }) => !hasTenant).map(({ name }) => name)).toEqual(
      Object.keys(WITHOUT_TENANT),
    );
    expect(all.length).toBeGreaterThan(25);
  });

  it('is under row-level security that binds its owner too', async () => {
    const open = (await tables()).filter(({ name, isForced }) => !isForced && !(name in WITHOUT_TENANT));

    expect(open).toEqual([]);
  });

  it('shows the app role the rows of the tenant in force, and takes no others', async () => {
    const policies = await rows<{ table: string; using: string; check: string; command: string }>(
      `select tablename as table, qual as using, with_check as check, cmd as command
         from pg_policies where roles = array['${stored.rolePrefix}_app']::name[]
        order by tablename`,
    );

    const guarded = (await tables()).filter(({ name }) => !(name in WITHOUT_TENANT));
    expect(policies).toEqual(
      guarded.map(({ name }) => ({
        table: name,
        using: OF_THE_TENANT,
        check: OF_THE_TENANT,
        command: 'ALL',
      })),
    );
  });

  it('has no policy for anybody but its owner, the app role and the worker role', async () => {
    const { rolePrefix } = stored;
    const strangers = await rows(
      `select tablename, policyname, roles from pg_policies
        where not roles <@ array['${rolePrefix}_app', '${rolePrefix}_worker', current_user]::name[]
           or cardinality(roles) <> 1`,
    );

    expect(strangers).toEqual([]);
  });

  it('grants nothing to everybody', async () => {
    const granted = await rows(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace,
              lateral aclexplode(c.relacl) a
        where a.grantee = 0 and ${OUR_SCHEMAS}`,
    );

    expect(granted).toEqual([]);
  });

  // Unique indexes ignore row-level security: a key without its tenant would tell of rows that nobody may see.
  it('carries its tenant in every unique key', async () => {
    const keys = await rows<{ index: string }>(
      `select i.indexrelid::regclass::text as index
         from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where i.indisunique and ${OUR_SCHEMAS} and c.relname <> all (array['${Object.keys(WITHOUT_TENANT).join("','")}'])
          and not exists (select from pg_attribute a
                           where a.attrelid = i.indrelid and a.attname = 'tenant_id' and a.attnum = any (i.indkey))
        order by 1`,
    );

    expect(keys.map(({ index }) => index)).toEqual(UNIQUE_ACROSS_TENANTS);
  });

  it('refers to other tables by tenant and id', async () => {
    const loose = await rows(
      `select k.conname from pg_constraint k join pg_namespace n on n.oid = k.connamespace
        where k.contype = 'f' and ${OUR_SCHEMAS}
          and not exists (select from pg_attribute a
                           where a.attrelid = k.conrelid and a.attname = 'tenant_id' and a.attnum = any (k.conkey))`,
    );

    expect(loose).toEqual([]);
  });
});

describe('what could step around row-level security', () => {
  it('does not exist: no function runs as its owner', async () => {
    const functions = await rows(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and ${OUR_SCHEMAS}`,
    );

    expect(functions).toEqual([]);
  });

  it('does not exist: there is no view, which would read as its owner', async () => {
    const views = await rows(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('v', 'm') and ${OUR_SCHEMAS}`,
    );

    expect(views).toEqual([]);
  });

  it('is nothing that the roles of transactions may do', async () => {
    const roles = await rows(
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin from pg_roles
        where rolname in ('${stored.rolePrefix}_app', '${stored.rolePrefix}_worker') order by rolname`,
    );

    const harmless = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcanlogin: false };
    expect(roles).toEqual(
      ['app', 'worker'].map((name) => ({ rolname: `${stored.rolePrefix}_${name}`, ...harmless })),
    );
  });
});

describe('history and audit log', () => {
  it.each(['order_events', 'audit_log'])(
    '%s: neither role may change, delete or empty it, and a trigger stops the owner',
    async (table) => {
      const granted = await rows<{ role: string; right: string }>(
        `select a.grantee::regrole::text as role, a.privilege_type as right
           from pg_class c, lateral aclexplode(c.relacl) a
          where c.oid = '${table}'::regclass and a.grantee <> c.relowner order by 1, 2`,
      );
      const triggers = await rows<{ definition: string }>(
        `select pg_get_triggerdef(oid) as definition from pg_trigger
          where tgrelid = '${table}'::regclass and tgname like '%append_only%' and tgenabled = 'O'`,
      );

      const app = `${stored.rolePrefix}_app`;
      expect(granted).toEqual([
        { role: app, right: 'INSERT' },
        { role: app, right: 'SELECT' },
      ]);
      expect(triggers).toHaveLength(1);
      expect(triggers[0]?.definition).toMatch(/BEFORE (?:UPDATE OR DELETE|DELETE OR UPDATE) /);
    },
  );
});
