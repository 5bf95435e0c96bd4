import type { Transaction } from '../database/transaction.js';

/** How long things have been waiting, of all tenants, by the database's clock. */
export interface AgeReadings {
  /** 0 when there is none. */
  readonly oldestRefundAgeSeconds: number;
  /** 0 when there is none. Orders with an operation under way are counted there. */
  readonly longestOverdueSeconds: number;
  readonly operations: readonly { readonly op: string; readonly oldestAgeSeconds: number }[];
  readonly effects: readonly {
    readonly kind: string;
    readonly parked: number;
    readonly oldestAgeSeconds: number;
  }[];
}

export async function readAges(tx: Transaction): Promise<AgeReadings> {
  const waiting = await tx.one<{ readonly refund: number; readonly overdue: number }>(
    `select coalesce(extract(epoch from now() - (select min(created_at) from order_refunds where status = 'PENDING')), 0)::float8
              as refund,
            greatest(
              extract(epoch from now() - least(
                (select min(expires_at) from orders where status = 'PENDING' and expires_at is not null and op is null),
                (select min(expires_at) from orders where status = 'RESERVED' and expires_at is not null and op is null)
              )),
              0
            )::float8 as overdue`,
  );
  return {
    oldestRefundAgeSeconds: waiting.refund,
    longestOverdueSeconds: waiting.overdue,
    operations: await tx.query(
      `select op, extract(epoch from now() - min(op_started_at))::float8 as "oldestAgeSeconds"
         from orders
        where op is not null
        group by op`,
    ),
    effects: await tx.query(
      `select kind,
              (count(*) filter (where state = 'parked'))::int as parked,
              coalesce(extract(epoch from now() - min(created_at) filter (where state = 'pending')), 0)::float8 as "oldestAgeSeconds"
         from order_effects
        where state in ('pending', 'parked')
        group by kind`,
    ),
  };
}
