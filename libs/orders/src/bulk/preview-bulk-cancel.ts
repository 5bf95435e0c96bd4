import { Injectable } from '@nestjs/common';
import { Database, type Caller } from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import { callContext, requestContext } from '../effects/advance-context.js';
import { IS_CONCERNED } from './bulk-operations.store.js';

const STATUSES = ['PENDING', 'RESERVED', 'CONFIRMED', 'COMPLETED'] as const;

/** What a bulk cancel would do now. */
export interface BulkCancelPreview {
  readonly total: number;
  readonly byStatus: Readonly<Record<(typeof STATUSES)[number], number>>;
  readonly refundCents: number;
  readonly currency: string;
}

interface CountRow {
  readonly status: (typeof STATUSES)[number];
  readonly currency: string;
  readonly count: number;
  readonly refundCents: number;
}

/**
 * Every unit that is neither paid back nor on its way back counts with what was paid for it, less goodwill. Disputed
 * orders are counted but pay nothing: the bank decides about their money.
 */
const COUNT_SQL = `
  with concerned as (
    select o.id, o.currency, o.disputed, case when o.op = 'recovering' then 'CONFIRMED' else o.status end as status
      from orders o where o.tenant_id = $1 and o.event_id = $2 and ${IS_CONCERNED}
  ), taken as (
    select p.item_id, p.units, p.unit_goodwill_cents
      from concerned c
      join order_refunds r on r.tenant_id = $1 and r.order_id = c.id and r.status <> 'FAILED'
      join order_refund_items p on p.tenant_id = $1 and p.refund_id = r.id
  ), owed as (
    select c.id, sum(u.subtotal - u.discount + u.platform_fee + u.processing_fee + u.tax
             - coalesce((select sum(t.unit_goodwill_cents[u.n]) from taken t where t.item_id = i.id), 0)) as cents
      from concerned c
      join order_items i on i.tenant_id = $1 and i.order_id = c.id
      cross join lateral unnest(i.unit_subtotal_cents, i.unit_discount_cents, i.unit_platform_fee_cents, i.unit_processing_fee_cents, i.unit_tax_cents)
        with ordinality as u (subtotal, discount, platform_fee, processing_fee, tax, n)
     where c.status in ('CONFIRMED', 'COMPLETED') and not c.disputed
       and not exists (select 1 from taken t where t.item_id = i.id and (u.n - 1) = any (t.units))
     group by c.id
  )
  select c.status, c.currency, count(*)::int as count, coalesce(sum(owed.cents), 0)::bigint as "refundCents"
    from concerned c left join owed on owed.id = c.id
   group by c.status, c.currency`;

/** POST /internal/orders/bulk/cancel with dryRun: counts, and writes nothing. */
@Injectable()
export class PreviewBulkCancel {
  constructor(
    private readonly database: Database,
    private readonly catalog: TicketCatalog,
  ) {}

  /** @throws EVENT_NOT_FOUND when it has no orders and event-service does not know it */
  async execute(caller: Caller, eventId: string): Promise<BulkCancelPreview> {
    const { tenantId } = caller.principal;
    const scope = { tenantId, requestId: caller.requestId, pool: caller.pool ?? 'request' } as const;
    const rows = await this.database.transaction(scope, (tx) =>
      tx.query<CountRow>(COUNT_SQL, [tenantId, eventId]),
    );
    const currency = currencyOf(rows) ?? (await this.currencyOfEvent(caller, eventId));
    const countOf = (status: string): number =>
      rows.filter((row) => row.status === status).reduce((sum, row) => sum + row.count, 0);
    const [PENDING, RESERVED, CONFIRMED, COMPLETED] = STATUSES.map(countOf) as [
      number,
      number,
      number,
      number,
    ];
    return {
      total: PENDING + RESERVED + CONFIRMED + COMPLETED,
      byStatus: { PENDING, RESERVED, CONFIRMED, COMPLETED },
      refundCents: rows
        .filter((row) => row.currency === currency)
        .reduce((sum, row) => sum + row.refundCents, 0),
      currency,
    };
  }

  /** @throws EVENT_NOT_FOUND, UPSTREAM_UNAVAILABLE when it has no orders and event-service does not know it or is away */
  async assertKnown(caller: Caller, eventId: string): Promise<void> {
    const { tenantId } = caller.principal;
    const scope = { tenantId, pool: caller.pool ?? 'request' } as const;
    const found = await this.database.transaction(scope, (tx) =>
      tx.query(`select 1 from orders where tenant_id = $1 and event_id = $2 limit 1`, [tenantId, eventId]),
    );
    if (found.length === 0) await this.currencyOfEvent(caller, eventId);
  }

  private async currencyOfEvent(caller: Caller, eventId: string): Promise<string> {
    const context = callContext(caller.principal, requestContext(caller));
    return (await this.catalog.event(eventId, context)).currency;
  }
}

/** An event sells in one currency; should it have changed, the one that most orders are in. */
function currencyOf(rows: readonly CountRow[]): string | undefined {
  return rows.toSorted((a, b) => b.count - a.count)[0]?.currency;
}
