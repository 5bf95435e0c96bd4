import { Client } from 'pg';
import { OrderServiceClient } from '../../../libs/client/src/index.js';
import { basketOf, type Show } from '../people.js';
import type { Stage } from '../stage.js';
import { rounded } from '../tally.js';
import { runPgbench } from './pgbench.js';
import { replayScript } from './replay-script.js';
import { WireTap, type SentTransaction } from './wire-tap.js';

/** As many as a process of the service has. */
const CONNECTIONS_PER_PROCESS = 12;

export interface CreateLimit {
  readonly clients: number;
  readonly perSecond: number;
}

/**
 * The shipped create transaction (role and tenant, row-level security, answer row), repeated by pgbench with as many
 * connections as the service has: what PostgreSQL could do if nothing else cost anything.
 */
export async function createLimit(stage: Stage, show: Show, connections: number): Promise<CreateLimit> {
  const { stack, options } = stage;
  const clients = Math.min(connections, CONNECTIONS_PER_PROCESS * options.processes);
  const [one, another] = await sentCreates(stage, show);
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    const script = await replayScript(one, another, (sql) => parameterTypes(client, sql));
    const perSecond = await runPgbench({
      databaseUrl: stack.databaseUrl,
      script,
      clients,
      seconds: options.seconds,
    });
    return { clients, perSecond: rounded(perSecond, 1) };
  } finally {
    await client.end();
  }
}

/** Two creates of one buyer, as a process of the service sends them to PostgreSQL. */
async function sentCreates(
  { stack, buyers }: Stage,
  show: Show,
): Promise<readonly [SentTransaction, SentTransaction]> {
  const tap = await WireTap.open(stack.databaseUrl);
  const { url, child } = await stack.startService('order-service-tapped', {
    DATABASE_URL: tap.databaseUrl,
    MIGRATE_ON_START: 'false',
    PROCESS_ROLES: 'http',
  });
  try {
    const [buyer] = buyers;
    if (buyer === undefined) throw new Error('There is no buyer.');
    const client = new OrderServiceClient({ baseUrl: url, token: buyer.token });
    for (let times = 0; times < 2; times += 1) await client.post('/api/v1/orders', { body: basketOf(show) });
    const [one, another] = tap.transactions.filter((statements) =>
      statements.some(({ sql }) => sql.includes('insert into orders')),
    );
    if (one === undefined || another === undefined)
      throw new Error('The create transaction was not seen on its way to PostgreSQL.');
    return [one, another];
  } finally {
    await stack.end(child);
    await tap.close();
  }
}

async function parameterTypes(client: Client, sql: string): Promise<readonly string[]> {
  await client.query(`prepare replayed as ${sql}`);
  const { rows } = await client.query<{ types: readonly string[] }>(
    `select array(select unnest(parameter_types)::text) as types from pg_prepared_statements where name = 'replayed'`,
  );
  await client.query('deallocate replayed');
  return rows[0]?.types ?? [];
}
