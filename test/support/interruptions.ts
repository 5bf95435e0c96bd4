import type { Database, Transaction, TransactionScope } from '@app/platform';
import { Client } from 'pg';

/** What may go wrong between two statements of a transaction. */
export const INTERRUPTIONS = [
  'thrown error',
  'refused statement',
  'statement time-out',
  'cancelled statement',
  'killed connection',
  'row of another tenant',
  'missing tenant',
] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** How often each strikes: a killed connection costs a new one. */
export const EVERY: Readonly<Record<Interruption, number>> = {
  'thrown error': 7,
  'refused statement': 11,
  'statement time-out': 23,
  'cancelled statement': 29,
  'killed connection': 97,
  'row of another tenant': 13,
  'missing tenant': 17,
};

const TIME_OUT_MS = 2;

/** Somebody with the rights to cancel statements and to end sessions. */
export class Operator {
  private constructor(private readonly client: Client) {}

  static async at(url: string): Promise<Operator> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new Operator(client);
  }

  async cancel(pid: number): Promise<void> {
    await this.client.query('select pg_cancel_backend($1)', [pid]);
  }

  async kill(pid: number): Promise<void> {
    await this.client.query('select pg_terminate_backend($1)', [pid]);
  }

  /** Strikes a session of the service in this database, whatever it is doing. */
  async strikeAny(how: 'cancel' | 'kill'): Promise<void> {
    await this.client.query(
      `select pg_${how === 'cancel' ? 'cancel' : 'terminate'}_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'order-service/request' limit 1`,
    );
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** One transaction that is interrupted: it ends with an error. */
export async function interrupted(
  database: Database,
  operator: Operator,
  how: Interruption,
  { tenantId, otherTenantId }: { readonly tenantId: string; readonly otherTenantId: string },
): Promise<void> {
  const scope: TransactionScope = how === 'missing tenant' ? { tenantId: null } : { tenantId };
  const isTimed = how === 'statement time-out';
  await database.transaction(
    { ...scope, ...(isTimed ? { statementTimeoutMs: TIME_OUT_MS } : {}) },
    async (tx) => {
      switch (how) {
        case 'thrown error':
          throw new Error('interrupted');
        case 'refused statement':
          return tx.query('select 1 / 0');
        case 'statement time-out':
          return tx.query('select pg_sleep(5)');
        case 'cancelled statement':
          return strikeWhileAsleep(tx, (pid) => operator.cancel(pid));
        case 'killed connection':
          return strikeWhileAsleep(tx, (pid) => operator.kill(pid));
        case 'row of another tenant':
        case 'missing tenant':
          return tx.execute(
            'insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, gen_random_uuid(), $2, now())',
            [otherTenantId, 'not mine'],
          );
      }
    },
  );
}

async function strikeWhileAsleep(tx: Transaction, strike: (pid: number) => Promise<void>): Promise<unknown> {
  const { pid } = await tx.one<{ readonly pid: number }>('select pg_backend_pid() as pid');
  const asleep = tx.query('select pg_sleep(5)');
  // The statement may not have begun: a cancel that comes too early is forgotten, so it is repeated until it is felt.
  const over = asleep.then(
    () => 'over' as const,
    () => 'over' as const,
  );
  let next: 'over' | 'struck';
  do {
    next = await Promise.race([over, strike(pid).then(() => 'struck' as const)]);
  } while (next === 'struck');
  return asleep;
}
