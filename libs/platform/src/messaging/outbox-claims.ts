import { Injectable } from '@nestjs/common';
import { SECOND_MS } from '@app/kernel';
import { Database } from '../database/database.js';

/** Longer than a round of publishing takes at its worst, so nobody else publishes beside a living process. */
const LEASE_MS = 45 * SECOND_MS;
const BACKOFF_BASE_MS = 250;
const BACKOFF_MAX_MS = 5 * SECOND_MS;

const CLAIM_LOCK = 'order-service:outbox-claim';
const SCOPE = { tenantId: null, role: 'worker', pool: 'worker' } as const;

/** An event to be published. */
export interface ClaimedEvent {
  readonly tenantId: string;
  readonly id: string;
  readonly orderId: string;
  readonly type: string;
  /** The CloudEvent as JSON text, never parsed on its way. */
  readonly payload: string;
  readonly traceparent: string | null;
  readonly position: number;
  /** The fence of this claim. */
  readonly attempts: number;
}

/** What became of a batch. */
export interface BatchOutcome {
  readonly sent: readonly ClaimedEvent[];
  /** Tried in vain; tried again after a pause, and the order's later events wait with it. */
  readonly failed: readonly ClaimedEvent[];
  /** Not tried, because an earlier event of their order failed. */
  readonly untried: readonly ClaimedEvent[];
}

/** Who publishes which event: leases on rows, so no transaction is open while the broker is talked to. */
@Injectable()
export class OutboxClaims {
  constructor(private readonly database: Database) {}

  /**
   * Claims the next events in feed order. An event is left out while an earlier one of its order is in somebody's
   * hands; claims are made one at a time, because two at once could not see each other's.
   */
  async claim(limit: number): Promise<readonly ClaimedEvent[]> {
    return this.database.transaction(SCOPE, async (tx) => {
      const waiting = await tx.query(
        `select 1 from outbox where position is not null and published_at is null limit 1`,
      );
      if (waiting.length === 0) return [];
      await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [CLAIM_LOCK]);
      const claimed = await tx.query<ClaimedEvent>(CLAIM_SQL, [limit, LEASE_MS]);
      return claimed.toSorted((one, other) => one.position - other.position);
    });
  }

  async settle(outcome: BatchOutcome): Promise<void> {
    await this.database.transaction(SCOPE, async (tx) => {
      if (outcome.sent.length > 0) await tx.execute(SENT_SQL, [records(outcome.sent)]);
      const released = [...outcome.failed, ...outcome.untried];
      if (released.length > 0) {
        await tx.execute(RELEASE_SQL, [
          records(released),
          outcome.failed.map((event) => event.id),
          BACKOFF_BASE_MS,
          BACKOFF_MAX_MS,
        ]);
      }
    });
  }
}

function records(events: readonly ClaimedEvent[]): string {
  return JSON.stringify(events.map(({ tenantId, id, attempts }) => ({ tenantId, id, attempts })));
}

const CLAIM_SQL = `
  with due as materialized (
    select o.tenant_id, o.id
      from outbox o
     where o.position is not null and o.published_at is null
       and (o.lease_until is null or o.lease_until <= clock_timestamp())
       and not exists (
         select 1 from outbox earlier
          where earlier.tenant_id = o.tenant_id and earlier.order_id = o.order_id
            and earlier.event_sequence < o.event_sequence
            and earlier.published_at is null and earlier.lease_until > clock_timestamp())
     order by o.position
     limit $1
  )
  update outbox o
     set lease_until = clock_timestamp() + $2 * interval '1 millisecond', attempts = o.attempts + 1
    from due
   where o.tenant_id = due.tenant_id and o.id = due.id
  returning o.tenant_id as "tenantId", o.id, o.order_id as "orderId", o.type, o.payload::text as payload,
            o.payload ->> 'traceparent' as traceparent, o.position, o.attempts`;

/** What the broker confirmed is sent, whoever holds the row by now. */
const SENT_SQL = `
  update outbox o
     set published_at = now(), lease_until = null
    from jsonb_to_recordset($1) as r ("tenantId" uuid, id uuid)
   where o.tenant_id = r."tenantId" and o.id = r.id and o.published_at is null`;

const RELEASE_SQL = `
  update outbox o
     set lease_until = case
           when o.id = any ($2::uuid[]) then clock_timestamp() + least($3 * power(2, least(o.attempts, 10)), $4) * interval '1 millisecond'
         end
    from jsonb_to_recordset($1) as r ("tenantId" uuid, id uuid, attempts integer)
   where o.tenant_id = r."tenantId" and o.id = r.id and o.published_at is null and o.attempts = r.attempts`;
