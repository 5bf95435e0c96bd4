import { randomUUID } from 'node:crypto';
import { Database, dataSourceOptions, type Config } from '@app/platform';
import { DataSource } from 'typeorm';
import { INTERRUPTIONS, Operator, interrupted } from '../support/interruptions.js';
import { migratedDatabase, platformConfig } from '../support/platform-parts.js';
import type { TestDatabase } from '../support/test-database.js';

const ONE = randomUUID();
const OTHER = randomUUID();
const IDLE_MS = '60000';

let stored: TestDatabase;
let operator: Operator;
let request: DataSource;
let worker: DataSource;
let database: Database;

function configOf({ url, rolePrefix }: TestDatabase): Config {
  return platformConfig({
    DATABASE_URL: url,
    DB_ROLE_PREFIX: rolePrefix,
    DB_POOL_MAX: '1',
    DB_WORKER_POOL_MAX: '1',
    DB_IDLE_TRANSACTION_TIMEOUT_MS: IDLE_MS,
  });
}

beforeAll(async () => {
  stored = await migratedDatabase();
  operator = await Operator.at(stored.url);
  const config = configOf(stored);
  request = await new DataSource(dataSourceOptions(config, 'request')).initialize();
  worker = await new DataSource(dataSourceOptions(config, 'worker')).initialize();
  database = new Database(config, request, worker);
});

afterAll(async () => {
  await Promise.all([request.destroy(), worker.destroy()]);
  await operator.close();
  await stored.drop();
});

/** The only connection as nobody has prepared it. */
async function bareConnection(): Promise<unknown> {
  const rows: unknown = await request.query(
    `select coalesce(nullif(current_setting('app.tenant_id', true), ''), 'none') as tenant,
            coalesce(nullif(current_setting('app.actor_id', true), ''), 'none') as actor,
            current_setting('statement_timeout') as timeout, current_user = session_user as "hasOwnRole"`,
  );
  return rows;
}

const BARE = [{ tenant: 'none', actor: 'none', timeout: '0', hasOwnRole: true }];

describe('a connection after a transaction', () => {
  it('keeps neither tenant, actor, role nor time-out of one that committed', async () => {
    const actor = { kind: 'user', id: 'somebody' } as const;
    await database.transaction({ tenantId: ONE, actor }, (tx) => tx.query('select 1'));

    expect(await bareConnection()).toEqual(BARE);
  });

  it.each(INTERRUPTIONS)('keeps none of them after: %s', async (how) => {
    await expect(
      interrupted(database, operator, how, { tenantId: ONE, otherTenantId: OTHER }),
    ).rejects.toThrow();

    expect(await bareConnection()).toEqual(BARE);
  });

  it('shows a transaction without a tenant nothing', async () => {
    await database.transaction({ tenantId: ONE }, (tx) =>
      tx.execute(
        `insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, gen_random_uuid(), 'ours', now())`,
        [ONE],
      ),
    );

    const count = (tenantId: string | null): Promise<{ n: number }> =>
      database.transaction({ tenantId }, (tx) => tx.one('select count(*)::int as n from sale_stops'));
    expect([await count(ONE), await count(null), await count(OTHER)]).toEqual([{ n: 1 }, { n: 0 }, { n: 0 }]);
  });
});
