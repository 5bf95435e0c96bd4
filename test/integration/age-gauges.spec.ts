import { systemClock } from '@app/kernel';
import { Metrics } from '@app/platform';
import { Client } from 'pg';
import { Registry } from 'prom-client';
import { DatabaseGauges } from '../../libs/platform/src/observability/database-gauges.js';
import {
  migratedDatabase,
  openDatabase,
  platformConfig,
  type OpenDatabase,
} from '../support/platform-parts.js';
import type { TestDatabase } from '../support/test-database.js';

const TENANT = '11111111-1111-4111-8111-111111111111';
let testDatabase: TestDatabase;
let open: OpenDatabase;
let client: Client;

beforeAll(async () => {
  testDatabase = await migratedDatabase();
  open = await openDatabase(
    platformConfig({ DATABASE_URL: testDatabase.url, DB_ROLE_PREFIX: testDatabase.rolePrefix }),
  );
  client = new Client({ connectionString: testDatabase.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await open.close();
  await testDatabase.drop();
});

/** A fresh set of gauges: readings are shared for five seconds. */
async function exposed(): Promise<string> {
  const config = platformConfig({ DATABASE_URL: testDatabase.url, DB_ROLE_PREFIX: testDatabase.rolePrefix });
  const metrics = new Metrics(new Registry());
  new DatabaseGauges(metrics, open.database, config, systemClock).onModuleInit();
  return metrics.expose();
}

function value(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

async function order(columns: {
  readonly id: number;
  readonly expiresMinutesAgo: number;
  readonly op?: string;
}) {
  await client.query(
    `insert into orders (tenant_id, id, user_id, event_id, currency, subtotal_cents, total_cents, event_name, event_starts_at,
                         refund_policy, expires_at, op, op_started_at, created_at, updated_at, creation_key)
     values ($1, $2, $2, $2, 'USD', 100, 100, 'x', now(), '{}', now() - $3 * interval '1 minute', $4,
             now() - interval '7 minutes', now(), now(), $2)`,
    [TENANT, uuid(columns.id), columns.expiresMinutesAgo, columns.op ?? null],
  );
}

function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

async function effect(columns: {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly minutesOld: number;
}) {
  await client.query(
    `insert into order_effects (tenant_id, id, order_id, kind, queue, sequence, generation, key, request, state, created_at)
     values ($1, $2, $3, $4, 'main', $5::int, 1, $5::int::text, '{}', $6, now() - $7 * interval '1 minute')`,
    [TENANT, uuid(columns.id), uuid(1), columns.kind, columns.id, columns.state, columns.minutesOld],
  );
}

describe('how long things have been waiting', () => {
  it('is nothing while nothing waits', async () => {
    const text = await exposed();

    expect(value(text, 'refunds_pending_oldest_age_seconds')).toBe(0);
    expect(value(text, 'orders_overdue_oldest_age_seconds')).toBe(0);
    expect(text).not.toMatch(/^(operations_oldest_age_seconds|effects_oldest_age_seconds|effects_parked)\{/m);
  });

  it('is the age of the oldest, of each kind', async () => {
    await order({ id: 1, expiresMinutesAgo: 5 });
    await order({ id: 2, expiresMinutesAgo: 60, op: 'expiring' });
    await order({ id: 3, expiresMinutesAgo: -30 });
    await effect({ id: 11, kind: 'tickets.confirm', state: 'pending', minutesOld: 3 });
    await effect({ id: 12, kind: 'tickets.confirm', state: 'pending', minutesOld: 20 });
    await effect({ id: 13, kind: 'tickets.release', state: 'parked', minutesOld: 90 });
    await effect({ id: 14, kind: 'tickets.confirm', state: 'done', minutesOld: 600 });
    await client.query(
      `insert into order_payments (tenant_id, payment_intent_id, order_id, generation, amount_cents, currency, status, created_at, updated_at)
       values ($1, 'pi', $2, 1, 100, 'USD', 'succeeded', now(), now())`,
      [TENANT, uuid(1)],
    );
    await client.query(
      `insert into order_refunds (tenant_id, id, order_id, payment_intent_id, status, kind, amount_cents, currency, reason, principal, idempotency_key, created_at)
       values ($1, $2, $3, 'pi', 'PENDING', 'units', 100, 'USD', 'x', 'u', $2, now() - interval '2 hours')`,
      [TENANT, uuid(21), uuid(1)],
    );

    const text = await exposed();

    expect(value(text, 'orders_overdue_oldest_age_seconds')).toBeCloseTo(300, -2);
    expect(value(text, 'operations_oldest_age_seconds{op="expiring"}')).toBeCloseTo(420, -2);
    expect(value(text, 'effects_oldest_age_seconds{kind="tickets.confirm"}')).toBeCloseTo(1_200, -2);
    expect(value(text, 'effects_parked{kind="tickets.release"}')).toBe(1);
    expect(value(text, 'effects_parked{kind="tickets.confirm"}')).toBe(0);
    expect(value(text, 'refunds_pending_oldest_age_seconds')).toBeCloseTo(7_200, -2);
  });
});
