import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import { currentPayment, withOperation, type OperationCause, type Order } from '../domain/order.js';
import { OPERATION_LEASE_MS } from '../persistence/operations.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { cancelIntentEffect } from './catalog.js';

/** The first transaction of a cancel or expiry of a RESERVED order: from here on there is no way back. */
@Injectable()
export class BeginFence {
  constructor(private readonly stores: OrderStores) {}

  /** @param order locked, RESERVED, without an operation */
  async begin(
    tx: Transaction,
    order: Order,
    kind: 'cancelling' | 'expiring',
    cause: OperationCause,
  ): Promise<Order> {
    const leaseUntil = new Date(tx.now.getTime() + OPERATION_LEASE_MS);
    const begun = withOperation(order, {
      kind,
      now: tx.now,
      leaseUntil,
      dueAt: leaseUntil,
      cause: { ...cause, ...(tx.traceparent === null ? {} : { traceparent: tx.traceparent }) },
    });
    await this.stores.orders.save(tx, order, begun);
    const payment = currentPayment(order);
    if (payment !== null)
      await this.stores.effects.append(tx, order.id, [
        cancelIntentEffect(begun, { queue: 'operation', payment }),
      ]);
    return begun;
  }
}
