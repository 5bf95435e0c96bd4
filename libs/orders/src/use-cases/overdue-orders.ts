import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SECOND_MS, uuidv7, type Clock } from '@app/kernel';
import { Database } from '@app/platform';
import { ExpireOrder } from './expire-order.js';
import { ExpirePending } from './expire-pending.js';

/** Reservations that are fenced at once by one process; each costs two sibling calls. */
const FENCES_AT_ONCE = 12;
const CALL_DEADLINE_MS = 10 * SECOND_MS;

interface OverdueRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly status: 'PENDING' | 'RESERVED';
}

/** What the expiration job does: finds orders whose time ran out, by the database's clock, and ends them. */
@Injectable()
export class OverdueOrders {
  constructor(
    private readonly database: Database,
    private readonly expirePending: ExpirePending,
    private readonly expireOrder: ExpireOrder,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One round over every tenant. @returns how many overdue orders it looked at */
  async expire(limit: number): Promise<number> {
    const overdue = await this.database.transaction(
      { tenantId: null, role: 'worker', pool: 'worker' },
      (tx) =>
        tx.query<OverdueRow>(
          `select tenant_id as "tenantId", id as "orderId", status from orders
          where status in ('PENDING', 'RESERVED') and op is null and expires_at <= now()
          order by expires_at limit $1`,
          [limit],
        ),
    );
    const requestId = `expiration-${uuidv7()}`;
    await this.expirePendingOrders(
      overdue.filter((row) => row.status === 'PENDING'),
      requestId,
    );
    await this.expireReservations(
      overdue.filter((row) => row.status === 'RESERVED'),
      requestId,
    );
    return overdue.length;
  }

  private async expirePendingOrders(overdue: readonly OverdueRow[], requestId: string): Promise<void> {
    for (const tenantId of new Set(overdue.map((row) => row.tenantId))) {
      const orderIds = overdue.filter((row) => row.tenantId === tenantId).map((row) => row.orderId);
      try {
        await this.expirePending.execute(tenantId, orderIds, requestId);
      } catch {
        // One poison order must not stop the others: each gets a transaction of its own, and its own error.
        await this.oneByOne(tenantId, orderIds, requestId);
      }
    }
  }

  private async oneByOne(tenantId: string, orderIds: readonly string[], requestId: string): Promise<void> {
    const errors: unknown[] = [];
    for (const orderId of orderIds) {
      await this.expirePending
        .execute(tenantId, [orderId], requestId)
        .catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} overdue orders could not be expired`);
  }

  private async expireReservations(overdue: readonly OverdueRow[], requestId: string): Promise<void> {
    const queue = overdue.values();
    const errors: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (const row of queue) {
        const context = { requestId, deadlineAtMs: this.clock.monotonicMs() + CALL_DEADLINE_MS };
        await this.expireOrder.expireOverdue(row, context).catch((error: unknown) => errors.push(error));
      }
    };
    await Promise.all(Array.from({ length: FENCES_AT_ONCE }, lane));
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} overdue reservations could not be expired`);
  }
}
