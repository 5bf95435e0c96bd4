import { Injectable } from '@nestjs/common';
import { saleBarrierKey, type Transaction } from '@app/platform';

interface SoldEvent {
  readonly tenantId: string;
  readonly eventId: string;
}

/** Events that sell no more. Whoever starts to sell holds the event's barrier, shared, before it looks. */
@Injectable()
export class SaleStopsStore {
  /** A stopped sale never starts again: its orders are paid back whatever the policy says. */
  async isStopped(tx: Transaction, event: SoldEvent): Promise<boolean> {
    const stops = await tx.query(`select 1 from sale_stops where tenant_id = $1 and event_id = $2`, [
      event.tenantId,
      event.eventId,
    ]);
    return stops.length > 0;
  }

  /** The barrier, shared and without waiting. @returns false while somebody calls the event off */
  async tryBarrier(tx: Transaction, event: SoldEvent): Promise<boolean> {
    const { taken } = await tx.one<{ taken: boolean }>(
      `select pg_try_advisory_xact_lock_shared(hashtextextended($1, 0)) as taken`,
      [saleBarrierKey(event.tenantId, event.eventId)],
    );
    return taken;
  }

  /**
   * Stops the sale of an event for good: waits for every create, reserve and recovery that is under way, and lets no
   * later one in. In the statements after this one the list of the event's orders is final.
   */
  async stop(tx: Transaction, eventId: string, reason: string): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      saleBarrierKey(tx.tenant(), eventId),
    ]);
    await tx.execute(
      `insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, $2, $3, now())
       on conflict (tenant_id, event_id) do nothing`,
      [tx.tenant(), eventId, reason],
    );
  }
}
