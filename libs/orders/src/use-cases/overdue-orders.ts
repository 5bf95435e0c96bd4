import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SECOND_MS, uuidv7, type Clock } from '@app/kernel';
import { Database, inSpan } from '@app/platform';
import { inParallel } from '../effects/in-parallel.js';
import { ExpireOrder } from './expire-order.js';
import { ExpirePending } from './expire-pending.js';

const CALL_DEADLINE_MS = 10 * SECOND_MS;

/** How long an order that could not be expired is left alone. */
const REST_MS = 30 * SECOND_MS;

interface Failure {
  readonly orderId: string;
  readonly error: unknown;
}

interface OverdueRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly status: 'PENDING' | 'RESERVED';
}

/** What the expiration job does: finds orders whose time ran out, by the database's clock, and ends them. */
@Injectable()
export class OverdueOrders {
  private readonly restUntilMs = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly expirePending: ExpirePending,
    private readonly expireOrder: ExpireOrder,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * One round over every tenant. An order that cannot be expired stops no other one, and is left alone for a while, so
   * that a few of them cannot fill every batch. @returns how many overdue orders it looked at
   * @throws AggregateError with everything that went wrong, after all the others were done
   */
  async expire(limit: number): Promise<number> {
    const overdue = await this.find(limit);
    const requestId = `expiration-${uuidv7()}`;
    const failures = [
      ...(await this.expirePendingOrders(
        overdue.filter((row) => row.status === 'PENDING'),
        requestId,
      )),
      ...(await this.expireReservations(
        overdue.filter((row) => row.status === 'RESERVED'),
        requestId,
      )),
    ];
    for (const { orderId } of failures) this.restUntilMs.set(orderId, this.clock.monotonicMs() + REST_MS);
    if (failures.length > 0) {
      throw new AggregateError(
        failures.map(({ error }) => error),
        `${failures.length} overdue orders could not be expired`,
      );
    }
    return overdue.length;
  }

  private find(limit: number): Promise<readonly OverdueRow[]> {
    const nowMs = this.clock.monotonicMs();
    for (const [orderId, untilMs] of this.restUntilMs) if (untilMs <= nowMs) this.restUntilMs.delete(orderId);
    return this.database.transaction({ tenantId: null, role: 'worker', pool: 'worker' }, (tx) =>
      tx.query<OverdueRow>(
        `select tenant_id as "tenantId", id as "orderId", status from orders
          where status in ('PENDING', 'RESERVED') and op is null and expires_at <= now() and id <> all ($2::uuid[])
          order by expires_at limit $1`,
        [limit, [...this.restUntilMs.keys()]],
      ),
    );
  }

  private async expirePendingOrders(
    overdue: readonly OverdueRow[],
    requestId: string,
  ): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    for (const tenantId of new Set(overdue.map((row) => row.tenantId))) {
      const orderIds = overdue.filter((row) => row.tenantId === tenantId).map((row) => row.orderId);
      try {
        await this.expirePending.execute(tenantId, orderIds, requestId);
      } catch {
        // One poison order must not stop the others: each gets a transaction of its own, and its own error.
        failures.push(...(await this.oneByOne(tenantId, orderIds, requestId)));
      }
    }
    return failures;
  }

  private async oneByOne(
    tenantId: string,
    orderIds: readonly string[],
    requestId: string,
  ): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    for (const orderId of orderIds) {
      await this.expirePending
        .execute(tenantId, [orderId], requestId)
        .catch((error: unknown) => failures.push({ orderId, error }));
    }
    return failures;
  }

  private async expireReservations(
    overdue: readonly OverdueRow[],
    requestId: string,
  ): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    await inParallel(overdue, async (row) => {
      const context = {
        requestId,
        deadlineAtMs: this.clock.monotonicMs() + CALL_DEADLINE_MS,
        pool: 'worker' as const,
      };
      const span = {
        name: 'expire reservation',
        kind: 'internal',
        attributes: { 'app.order_id': row.orderId },
      } as const;
      await inSpan(span, () => this.expireOrder.expireOverdue(row, context)).catch((error: unknown) =>
        failures.push({ orderId: row.orderId, error }),
      );
    });
    return failures;
  }
}
