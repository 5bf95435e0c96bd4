import { randomUUID } from 'node:crypto';
import { PruneOldRows, RemindBuyers } from '@app/orders';
import { BUYER, ReconWorld, expected } from '../support/recon-world.js';

// The whole service starts in this process, beside other suites.

let world: ReconWorld;

beforeAll(async () => {
  world = await ReconWorld.start();
});

afterAll(() => world.stop());

/** Lets the reservation be `ageMinutes` old and end in `leftMinutes`. */
async function aged(orderId: string, ageMinutes: number, leftMinutes: number): Promise<void> {
  await world.sql(
    `update orders set reserved_at = now() - $2::float8 * interval '1 minute', expires_at = now() + $3::float8 * interval '1 minute' where id = $1`,
    [orderId, ageMinutes, leftMinutes],
  );
}

async function reminders(orderId: string): Promise<readonly number[]> {
  const rows = await world.sql<{ sequence: number }>(
    `select event_sequence as sequence from outbox where order_id = $1 and type = 'order.expiring_soon'`,
    [orderId],
  );
  return rows.map((row) => row.sequence);
}

const remind = (): Promise<number> => world.part(RemindBuyers).remind(100);

describe('the reminder', () => {
  it('tells once that a reservation ends soon, as the next event of the order, and leaves its version', async () => {
    const order = await world.reserved();
    await aged(order.id, 11, 4);

    expect(await remind()).toBe(1);
    expect(await remind()).toBe(0);

    expect(await reminders(order.id)).toEqual([3]);
    expect((await world.order(order.id)).version).toBe(order.version);
  });

  it('says nothing while there is time', async () => {
    const order = await world.reserved();
    await aged(order.id, 9, 6);

    await remind();

    expect(await reminders(order.id)).toEqual([]);
  });

  it('says nothing right after a reservation began, nor of one that was short from the start', async () => {
    const young = await world.reserved();
    const short = await world.reserved();
    await aged(young.id, 1, 4.5);
    await aged(short.id, 2.5, 2);

    await remind();

    expect(await reminders(young.id)).toEqual([]);
    expect(await reminders(short.id)).toEqual([]);
  });

  it('says nothing of an order that is no longer reserved, or over', async () => {
    const cancelled = await world.reserved();
    await aged(cancelled.id, 11, 4);
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${cancelled.id}/cancel`), 200);
    const over = await world.reserved();
    await aged(over.id, 16, -1);

    await remind();

    expect(await reminders(cancelled.id)).toEqual([]);
    expect(await reminders(over.id)).toEqual([]);
  });

  it('tells once although replicas run it at the same time', async () => {
    const order = await world.reserved();
    await aged(order.id, 11, 4);

    await Promise.all([remind(), remind(), remind()]);

    expect(await reminders(order.id)).toHaveLength(1);
  });
});

describe('retention', () => {
  const prune = (limit = 100): Promise<number> => world.part(PruneOldRows).prune(limit);
  const countOf = async (table: string, id: string): Promise<number> => {
    const [row] = await world.sql<{ n: number }>(
      `select count(*)::int as n from ${table} t where to_jsonb(t)::text like '%' || $1 || '%'`,
      [id],
    );
    return row?.n ?? 0;
  };

  it('forgets keys that are over, and keeps those that may still be replayed', async () => {
    const over = randomUUID();
    const valid = randomUUID();
    for (const [key, hours] of [
      [over, -1],
      [valid, 1],
    ]) {
      await world.sql(
        `insert into idempotency_keys (tenant_id, principal, key, fingerprint, state, response_status, response_body, created_at, expires_at)
         values ($1, 'user:x', $2, 'f', 'done', 200, '{}', now(), now() + $3::int * interval '1 hour')`,
        [world.tenantId, key, hours],
      );
    }

    await prune();

    expect(await countOf('idempotency_keys', over)).toBe(0);
    expect(await countOf('idempotency_keys', valid)).toBe(1);
  });

  it('forgets messages and leases after their time, in bounded batches', async () => {
    const messageId = randomUUID();
    for (let number = 0; number < 5; number += 1) {
      await world.sql(
        `insert into inbox (tenant_id, message_id, pattern, result, received_at) values ($1, $2, 'p', 'r', now() - interval '31 days')`,
        [world.tenantId, `${messageId}:${number}`],
      );
    }
    const lease = randomUUID();
    await world.sql(
      `insert into lock_leases (tenant_id, key, holder, lease_until) values ($1, $2, $3, now() - interval '2 hours')`,
      [world.tenantId, lease, randomUUID()],
    );

    expect(await prune(3)).toBe(3);
    expect(await countOf('inbox', messageId)).toBe(2);
    expect(await prune(3)).toBe(2);

    expect(await countOf('inbox', messageId)).toBe(0);
    expect(await countOf('lock_leases', lease)).toBe(0);
  });

  it('forgets old events that have left, and never an order or its history', async () => {
    const order = await world.pending();
    const recent = await world.pending();
    await world.sql(
      `update outbox set created_at = now() - interval '31 days', position = nextval('outbox_position_seq') where order_id = $1`,
      [order.id],
    );
    await world.sql(`update outbox set position = nextval('outbox_position_seq') where order_id = $1`, [
      recent.id,
    ]);
    const unnumbered = await world.pending();
    await world.sql(`update outbox set created_at = now() - interval '31 days' where order_id = $1`, [
      unnumbered.id,
    ]);

    await prune();

    expect(await countOf('outbox', order.id)).toBe(0);
    expect(await countOf('outbox', recent.id)).toBe(1);
    expect(await countOf('outbox', unnumbered.id)).toBe(1);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING' });
    expect(await countOf('order_events', order.id)).toBe(1);
  });
});
