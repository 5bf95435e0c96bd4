import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';

/** How long what is over is kept. */
export interface RetentionTimes {
  readonly inboxDays: number;
  readonly outboxDays: number;
  readonly leaseMinutes: number;
  /** Without a broker an event has left as soon as it has its place in the feed. */
  readonly hasBroker: boolean;
}

interface PrunableTable {
  /** Picks at most `$1` rows that are over; the other parameters follow. */
  readonly over: string;
  readonly key: readonly string[];
  readonly parameters: (times: RetentionTimes) => readonly unknown[];
}

/** What may be forgotten, one row a table. Orders, their history and money have no row here, and the role no right. */
const PRUNABLE = {
  idempotency_keys: {
    over: `select tenant_id, principal, key from idempotency_keys
            where expires_at <= now() and (state = 'done' or lease_until <= now())
            order by expires_at limit $1`,
    key: ['tenant_id', 'principal', 'key'],
    parameters: () => [],
  },
  inbox: {
    over: `select tenant_id, message_id from inbox
            where received_at <= now() - $2::int * interval '1 day'
            order by received_at limit $1`,
    key: ['tenant_id', 'message_id'],
    parameters: ({ inboxDays }) => [inboxDays],
  },
  outbox: {
    // From the oldest place on: behind an event that has not left nothing is forgotten, so the feed has no holes.
    over: `select tenant_id, id from (
             select tenant_id, id, position, created_at, published_at from outbox
              where position is not null order by position limit $1) oldest
            where created_at <= now() - $2::int * interval '1 day' and (published_at is not null or not $3::boolean)`,
    key: ['tenant_id', 'id'],
    parameters: ({ outboxDays, hasBroker }) => [outboxDays, hasBroker],
  },
  lock_leases: {
    over: `select tenant_id, key from lock_leases
            where lease_until <= now() - $2::int * interval '1 minute' limit $1`,
    key: ['tenant_id', 'key'],
    parameters: ({ leaseMinutes }) => [leaseMinutes],
  },
} as const satisfies Record<string, PrunableTable>;

export type PrunableName = keyof typeof PRUNABLE;
export const PRUNABLE_NAMES = Object.keys(PRUNABLE) as readonly PrunableName[];

@Injectable()
export class RetentionStore {
  /** Deletes at most `limit` rows of one table that are over (worker role). @returns how many */
  async prune(tx: Transaction, name: PrunableName, limit: number, times: RetentionTimes): Promise<number> {
    const table: PrunableTable = PRUNABLE[name];
    const joined = table.key.map((column) => `t.${column} = over_rows.${column}`).join(' and ');
    return tx.execute(`delete from ${name} t using (${table.over}) over_rows where ${joined}`, [
      limit,
      ...table.parameters(times),
    ]);
  }
}
