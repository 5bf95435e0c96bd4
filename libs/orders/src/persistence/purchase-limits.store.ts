import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import { totalQuantity, type Order } from '../domain/order.js';

/** How many tickets of an event a buyer has, counting live reservations; taken and given back atomically. */
@Injectable()
export class PurchaseLimitsStore {
  /**
   * Counts the order against its buyer's limit. An order that is counted already is not counted twice.
   * @returns false when the buyer would have more than the event allows; then nothing is counted
   */
  async tryTake(tx: Transaction, order: Order): Promise<boolean> {
    if (order.purchaseLimit === null) return true;
    const quantity = totalQuantity(order);
    const claimed = await tx.execute(
      `insert into purchase_limit_claims (tenant_id, order_id, user_id, event_id, quantity)
       values ($1, $2, $3, $4, $5)
       on conflict (tenant_id, order_id) do nothing`,
      [order.tenantId, order.id, order.userId, order.eventId, quantity],
    );
    if (claimed === 0) return true;
    const counted = await tx.execute(
      `insert into buyer_event_usage as u (tenant_id, user_id, event_id, quantity)
       select $1, $2, $3, $4 where $4::int <= $5::int
       on conflict (tenant_id, user_id, event_id) do update
          set quantity = u.quantity + excluded.quantity
        where u.quantity + excluded.quantity <= $5::int`,
      [order.tenantId, order.userId, order.eventId, quantity, order.purchaseLimit],
    );
    if (counted === 1) return true;
    await this.forget(tx, order.id);
    return false;
  }

  /** Gives back what the order counts, wholly or for some refunded tickets; repeating it gives nothing back twice. */
  async giveBack(tx: Transaction, orderId: string, quantity?: number): Promise<void> {
    await tx.execute(
      `with given as (
         select tenant_id, order_id, user_id, event_id, least(quantity, coalesce($3::int, quantity)) as amount
           from purchase_limit_claims where tenant_id = $1 and order_id = $2
         for update
       ),
       claim as (
         update purchase_limit_claims c set quantity = c.quantity - g.amount
           from given g where c.tenant_id = g.tenant_id and c.order_id = g.order_id
       )
       update buyer_event_usage u set quantity = u.quantity - g.amount
         from given g
        where u.tenant_id = g.tenant_id and u.user_id = g.user_id and u.event_id = g.event_id`,
      [tx.tenant(), orderId, quantity ?? null],
    );
    await tx.execute(
      `delete from purchase_limit_claims where tenant_id = $1 and order_id = $2 and quantity = 0`,
      [tx.tenant(), orderId],
    );
  }

  private async forget(tx: Transaction, orderId: string): Promise<void> {
    await tx.execute(`delete from purchase_limit_claims where tenant_id = $1 and order_id = $2`, [
      tx.tenant(),
      orderId,
    ]);
  }
}
