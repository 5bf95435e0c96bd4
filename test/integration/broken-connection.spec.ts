import type { TransactionScope } from '@app/platform';
import { eventually } from '../support/eventually.js';
import {
  migratedDatabase,
  openDatabase,
  platformConfig,
  type OpenDatabase,
} from '../support/platform-parts.js';
import type { TestDatabase } from '../support/test-database.js';

const SCOPE: TransactionScope = { tenantId: '0190a000-0000-7000-8000-0000000000aa' };
/** Above every wait in the test, so that only the test ends a session. */
const IDLE_MS = '60000';

describe('a connection that breaks between two statements of a transaction', () => {
  let own: TestDatabase;
  let open: OpenDatabase;

  beforeAll(async () => {
    own = await migratedDatabase();
    open = await openDatabase(
      platformConfig({
        DATABASE_URL: own.url,
        DB_ROLE_PREFIX: own.rolePrefix,
        DB_IDLE_TRANSACTION_TIMEOUT_MS: IDLE_MS,
      }),
    );
  });

  afterAll(async () => {
    await open.close();
    await own.drop();
  });

  it('is told as a database that is away, never as a bug of ours', async () => {
    const { database } = open;

    const cut = database.transaction(SCOPE, async (tx) => {
      const { pid } = await tx.one<{ pid: number }>('select pg_backend_pid() as pid');
      await endSession(pid);
      await tx.query('select 1');
    });

    await expect(cut).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await expect(database.transaction(SCOPE, (tx) => tx.one('select 1 as one'))).resolves.toEqual({ one: 1 });
  });

  /** Ends a session as a restart of the server does, and lets its connection notice. */
  async function endSession(pid: number): Promise<void> {
    const { database } = open;
    await database.transaction({ ...SCOPE, pool: 'worker' }, async (tx) => {
      await tx.query(`select set_config('role', 'none', true), pg_terminate_backend($1)`, [pid]);
    });
    await eventually('the session has ended', () =>
      database.transaction({ ...SCOPE, pool: 'worker' }, async (tx) => {
        const rows = await tx.query('select 1 from pg_stat_activity where pid = $1', [pid]);
        return rows.length === 0;
      }),
    );
    // One round trip more: the end of the stream was sent before the session left the list.
    await database.transaction({ ...SCOPE, pool: 'worker' }, (tx) => tx.query('select 1'));
  }
});
