import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Rows numbered in one transaction, beside the rest of the orders they belong to. */
export const NUMBERED_MAX = 2_000;

const NUMBERING_LOCK = 'order-service:outbox-numbering';

/**
 * Gives every committed event its place in the feed. Only one process numbers at a time, and only what it can see:
 * so whoever sees a position sees every lower one, however late its transaction committed.
 */
@Injectable()
export class OutboxNumbering {
  constructor(private readonly database: Database) {}

  /** @returns how many were numbered: NUMBERED_MAX or more when others may be left */
  async round(): Promise<number> {
    const scope = { tenantId: null, role: 'worker', pool: 'worker' } as const;
    return this.database.transaction(scope, async (tx) => {
      const waiting = await tx.query(`select 1 from outbox where position is null limit 1`);
      if (waiting.length === 0) return 0;
      await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [NUMBERING_LOCK]);
      return tx.execute(NUMBER_SQL, [NUMBERED_MAX]);
    });
  }
}

/**
 * An order is numbered whole, so a limit never parts its events. Within an order the place follows the event sequence:
 * the clock of a transaction that waited for the order's lock can be older than that of the one before it.
 */
const NUMBER_SQL = `
  with orders_due as materialized (
    select distinct tenant_id, order_id
      from (select tenant_id, order_id from outbox where position is null order by created_at limit $1) oldest
  ),
  sorted as materialized (
    select o.tenant_id, o.id, o.order_id, o.event_sequence,
           max(o.created_at) over (partition by o.tenant_id, o.order_id order by o.event_sequence) as at
      from outbox o
      join orders_due d on d.tenant_id = o.tenant_id and d.order_id = o.order_id
     where o.position is null
     order by at, o.order_id, o.event_sequence
  ),
  placed as materialized (
    select tenant_id, id, nextval('outbox_position_seq') as position
      from (select * from sorted order by at, order_id, event_sequence) in_order
  )
  update outbox o
     set position = p.position
    from placed p
   where o.tenant_id = p.tenant_id and o.id = p.id and o.position is null`;
