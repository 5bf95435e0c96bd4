import { Injectable } from '@nestjs/common';
import { SECOND_MS } from '@app/kernel';
import type { PaymentIntent } from '@app/payments';
import type { Transaction } from '@app/platform';
import { paymentsWithMoney, withOperation, type Order } from '../domain/order.js';
import { OrderStores } from '../persistence/order-stores.js';
import { OPERATION_LEASE_MS } from '../persistence/operations.store.js';
import { reserveTicketsEffect } from './catalog.js';
import { ReservationTimes } from './reservation-times.js';

/** Begins to bring an EXPIRED order back whose payment came late; `AdvanceRecovering` carries it on. */
@Injectable()
export class BeginRecovery {
  constructor(
    private readonly stores: OrderStores,
    private readonly times: ReservationTimes,
  ) {}

  /**
   * @param order EXPIRED, locked in this transaction   @param intent the late payment that the operation brings home
   * @returns null when the order cannot be brought back; nothing was written then, and its money has to go back
   */
  async begin(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    requestId: string,
  ): Promise<Order | null> {
    if (order.op !== null || !(await this.isStillSold(tx, order)) || !(await this.takeClaimsAgain(tx, order)))
      return null;
    const cause = {
      actor: { kind: 'system' as const, id: 'order-service' },
      reason: 'late payment',
      requestId,
      paymentIntentId: intent.paymentIntentId,
      ...(tx.traceparent === null ? {} : { traceparent: tx.traceparent }),
    };
    const begun: Order = {
      ...withOperation(order, {
        kind: 'recovering',
        now: tx.now,
        leaseUntil: new Date(tx.now.getTime() + OPERATION_LEASE_MS),
        dueAt: new Date(tx.now.getTime() + SECOND_MS),
        cause,
      }),
      generation: order.generation + 1,
      generationOpen: true,
      payments: paymentsWithMoney(order, intent),
    };
    await this.stores.orders.save(tx, order, begun);
    await this.stores.effects.append(tx, order.id, [
      reserveTicketsEffect(begun, 'operation', this.times.holdOfRecovery(tx.now)),
    ]);
    return begun;
  }

  /**
   * Takes the event's sale barrier, shared, and looks at its stop in a later statement, as create and reserve do.
   * Without waiting: the order is locked, and whoever calls the event off waits for orders while holding the barrier.
   */
  private async isStillSold(tx: Transaction, order: Order): Promise<boolean> {
    return (
      (await this.stores.saleStops.tryBarrier(tx, order)) &&
      !(await this.stores.saleStops.isStopped(tx, order))
    );
  }

  /** @returns false when the limit or the promo code has gone to others; then nothing stays counted */
  private async takeClaimsAgain(tx: Transaction, order: Order): Promise<boolean> {
    if (!(await this.stores.limits.tryTake(tx, order))) return false;
    if (await this.stores.promoCodes.takeAgain(tx, order.id)) return true;
    await this.stores.limits.giveBack(tx, order.id);
    return false;
  }
}
