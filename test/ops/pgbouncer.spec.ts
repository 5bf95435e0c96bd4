import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Database } from '@app/platform';
import { Client } from 'pg';
import { freePort } from '../../scripts/servers/free-port.js';
import { stopProcess, type OwnedProcess } from '../../scripts/servers/owned-process.js';
import {
  followsPreparedStatements,
  pgBouncerProgram,
  startPgBouncer,
} from '../../scripts/servers/pgbouncer.js';
import { unprivilegedUser } from '../../scripts/servers/unprivileged-user.js';
import { anOrder, World } from '../support/world/index.js';

const ROUNDS = 300;
const program = pgBouncerProgram();
// What is older does not follow prepared statements, so the service must not use them behind it.
const MODES = followsPreparedStatements(program) ? ['false', 'true'] : ['false'];

describe.each(MODES)('behind PgBouncer in transaction mode, DB_PREPARED_STATEMENTS=%s', (isPrepared) => {
  let directory: string;
  let bouncer: OwnedProcess;
  let world: World;
  /** A client of nobody's, on the same server connections as the service. */
  let neighbour: Client;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'order-service-pgbouncer-'));
    chmodSync(directory, 0o755);
    const port = await freePort();
    bouncer = await startPgBouncer({
      program,
      directory,
      port,
      user: unprivilegedUser(),
      serverUrl: process.env['TEST_DATABASE_URL'] ?? '',
      poolSize: 2,
      preparedStatementsMax: isPrepared === 'true' ? 100 : 0,
    });
    const through = (databaseUrl: string): string => {
      const url = new URL(databaseUrl);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      return url.href;
    };
    world = await World.start({
      databaseThrough: through,
      config: { DB_PREPARED_STATEMENTS: isPrepared },
    });
    neighbour = new Client({ connectionString: through(world.databaseUrl) });
    await neighbour.connect();
  });

  afterAll(async () => {
    await neighbour.end();
    await world.stop();
    await stopProcess(bouncer.identity, [{ signal: 'SIGTERM', waitMs: 4_000 }]);
    rmSync(directory, { recursive: true, force: true });
  });

  /** What a stranger finds on a server connection that the service has just used. */
  async function leftBehind(): Promise<unknown> {
    const { rows } = await neighbour.query<Record<string, unknown>>(
      `select current_user = session_user as "isLogin",
              coalesce(current_setting('app.tenant_id', true), '') as tenant,
              coalesce(current_setting('app.actor_id', true), '') as actor,
              current_setting('statement_timeout') as statements,
              current_setting('lock_timeout') as locks,
              current_setting('idle_in_transaction_session_timeout') as idle,
              (select count(*)::int from pg_prepared_statements) as prepared,
              (select count(*)::int from pg_locks where locktype = 'advisory' and database =
                (select oid from pg_database where datname = current_database())) as advisory`,
    );
    const [row] = rows;
    return isPrepared === 'true' ? { ...row, prepared: 0 } : row;
  }

  const NOTHING = {
    isLogin: true,
    tenant: '',
    actor: '',
    statements: '0',
    locks: '0',
    idle: '0',
    prepared: 0,
    advisory: 0,
  };

  it('a purchase, a refund and an expiry go through', async () => {
    const refunded = await anOrder().quantity(2).completed().make(world);
    const expired = await anOrder().expired().make(world);

    await world.refund(refunded.id);
    await world.settle();

    expect(await world.order(refunded.id)).toMatchObject({ status: 'REFUNDED' });
    expect(await world.order(expired.id)).toMatchObject({ status: 'EXPIRED' });
    expect(await leftBehind()).toEqual(NOTHING);
  });

  it('forty buyers at once get what they ask for on two server connections', async () => {
    const event = await world.createEvent({ capacity: 100 });

    const orders = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const buyer = await world.person();
        const { body } = await world.createOrder(event, {}, buyer);
        return world.reserve(body.id, buyer);
      }),
    );

    expect(orders.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([]);
    expect(await leftBehind()).toEqual(NOTHING);
  });

  it('tenants and workers alternate, refusals and cancelled statements between them, and nobody sees another', async () => {
    const database = world.get(Database);
    const [mine, theirs] = [world.buyer.tenantId, randomUUID()];
    await anOrder().pending().make(world);

    const seen = await Promise.all(
      Array.from({ length: ROUNDS }, async (_, round) => {
        if (round % 10 === 7) return interrupted(database, mine, round);
        if (round % 10 === 9) return rowsSeen(database, null);
        return rowsSeen(database, round % 2 === 0 ? mine : theirs);
      }),
    );

    const strangers = seen.filter((one) => one.tenantId === theirs);
    expect(strangers.length).toBeGreaterThan(ROUNDS / 4);
    expect(strangers.filter(({ count }) => count > 0)).toEqual([]);
    expect(seen.filter(({ tenantId, count }) => tenantId === mine && count === 0)).toEqual([]);
    expect(seen.filter(({ setting, tenantId }) => setting !== (tenantId ?? ''))).toEqual([]);
    expect(await leftBehind()).toEqual(NOTHING);
  });

  interface Seen {
    readonly tenantId: string | null;
    readonly setting: string;
    readonly count: number;
  }

  function rowsSeen(database: Database, tenantId: string | null): Promise<Seen> {
    const role = tenantId === null ? 'worker' : 'app';
    return database.transaction({ tenantId, role }, async (tx) => {
      const row = await tx.one<{ count: number; setting: string }>(
        `select count(*)::int as count, current_setting('app.tenant_id') as setting from orders`,
      );
      return { tenantId, ...row };
    });
  }

  /** A transaction that fails in the middle, or is cancelled by its own statement time-out. */
  async function interrupted(database: Database, tenantId: string, round: number): Promise<Seen> {
    const sql = round % 20 === 7 ? 'select 1 / 0' : 'select pg_sleep(5)';
    const broken = database.transaction({ tenantId, statementTimeoutMs: 20 }, (tx) => tx.query(sql));
    await expect(broken).rejects.toThrow();
    return { tenantId: null, setting: '', count: 0 };
  }
});
