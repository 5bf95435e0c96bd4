import { Client } from 'pg';
import { runStatements } from '../servers/embedded-postgres.js';
import type { Buyer, Show } from './people.js';

/** Orders of one statement: a transaction that size is over in seconds. */
const CHUNK = 100_000;

export interface BulkWish {
  readonly show: Show;
  readonly count: number;
  /** Whose the first `own` orders are; the others belong to strangers. */
  readonly buyer: Buyer;
  readonly own: number;
  /** When they lapse, as an SQL interval from now. */
  readonly expiresIn: string;
}

/**
 * Orders of one line as a create leaves them, put in by SQL: row, line, history and an event that has left. Their
 * amounts are those of the default fees on 45.00.
 * @throws when the login may not switch triggers off: the history of many would be written one by one
 */
export async function insertOrders(databaseUrl: string, wish: BulkWish): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    for (let from = 0; from < wish.count; from += CHUNK) {
      const to = Math.min(wish.count, from + CHUNK);
      await client.query(INSERT_SQL, [
        wish.buyer.tenantId,
        wish.buyer.sub,
        wish.show.id,
        wish.show.ticketTypes[0]?.id,
        wish.expiresIn,
        from + 1,
        to,
        wish.count,
        wish.own,
      ]);
    }
  } finally {
    await client.end();
  }
  await runStatements(databaseUrl, [
    'vacuum (analyze) orders',
    'vacuum (analyze) order_items',
    'vacuum (analyze) outbox',
    'vacuum (analyze) order_events',
  ]);
}

/** Ids are as version 7 makes them: their time comes first, so they arrive in the order of the index. */
const INSERT_SQL = `
  with numbered as (
    select n, at,
           (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid as id,
           case when n <= $9::bigint then $2::uuid else md5('stranger ' || n % 10000)::uuid end as user_id
      from (
        select n, md5('order ' || n || random()) as hash, now() - ($8::bigint - n) * interval '10 milliseconds' as at
          from generate_series($6::bigint, $7::bigint) n
      ) series
  ),
  born as (
    insert into orders (tenant_id, id, user_id, event_id, currency, subtotal_cents, platform_fee_cents, processing_fee_cents,
      tax_cents, total_cents, event_name, event_starts_at, refund_policy, event_sequence, audit_sequence, expires_at, created_at, updated_at, creation_key)
    select $1, id, user_id, $3, 'USD', 4500, 225, 161, 391, 5277, 'Bulk', now() + interval '60 days', '{}', 1, 1,
           now() + $5::interval, at, at, gen_random_uuid()
      from numbered
  ),
  lines as (
    insert into order_items (tenant_id, id, order_id, position, ticket_type_id, name, quantity, unit_price_cents, total_price_cents,
      unit_subtotal_cents, unit_discount_cents, unit_platform_fee_cents, unit_processing_fee_cents, unit_tax_cents)
    select $1, gen_random_uuid(), id, 0, $4, 'Balcony', 1, 4500, 4500, '{4500}', '{0}', '{225}', '{161}', '{391}' from numbered
  ),
  history as (
    insert into order_events (tenant_id, order_id, sequence, type, at, actor_kind, actor_id, to_status, is_public)
    select $1, id, 1, 'order.created', at, 'user', user_id::text, 'PENDING', true from numbered
  )
  insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at, position, published_at)
  select $1, gen_random_uuid(), id, 1, 'order.created', jsonb_build_object('tenantid', $1::uuid, 'subject', id, 'sequence', 1),
         at, nextval('outbox_position_seq'), now()
    from numbered`;
