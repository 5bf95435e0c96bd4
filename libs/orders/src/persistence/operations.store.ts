import { Injectable } from '@nestjs/common';
import { SECOND_MS } from '@app/kernel';
import { FencedOff, type Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import { OrdersStore } from './orders.store.js';

/** Request deadline 12 s < operation lease 20 s < undo due 45 s: a living holder is never overtaken. */
export const OPERATION_LEASE_MS = 20 * SECOND_MS;
export const UNDO_DUE_MS = 45 * SECOND_MS;

const HURRY_MAX = 5_000;

/** Leases and fences of operations; the order row carries them. */
@Injectable()
export class OperationsStore {
  constructor(private readonly orders: OrdersStore) {}

  /**
   * The order, locked, while this holder's operation still runs on it.
   * @throws FencedOff when somebody took it over or ended it
   */
  async held(tx: Transaction, holder: Order): Promise<Order> {
    const order = await this.orders.get(tx, holder.id, { lock: true });
    if (order.op !== holder.op || order.opFence !== holder.opFence || order.status !== holder.status) {
      throw new FencedOff(`operation ${holder.op ?? 'none'} of order ${holder.id} has a later holder`);
    }
    return order;
  }

  /** Gives the lease back, so that a retry or the worker may take over at once or after `delayMs`. Nothing happens to a later holder. */
  async handBack(tx: Transaction, holder: Order, delayMs?: number): Promise<void> {
    await tx.execute(
      `update orders
          set op_lease_until = null,
              op_due_at = case when $4::int is null then op_due_at else now() + $4 * interval '1 millisecond' end
        where tenant_id = $1 and id = $2 and op_fence = $3 and op is not null`,
      [holder.tenantId, holder.id, holder.opFence, delayMs === undefined ? null : Math.round(delayMs)],
    );
  }

  /** Fences and recoveries that wait for a sibling which is back are due at once (worker role). */
  async hurry(tx: Transaction): Promise<void> {
    await tx.execute(
      `update orders o set op_due_at = now()
         from (select tenant_id, id from orders
                where op in ('cancelling', 'expiring', 'recovering') and op_due_at > now()
                limit ${HURRY_MAX} for update skip locked) waiting
        where o.tenant_id = waiting.tenant_id and o.id = waiting.id`,
    );
  }

  /** Claims due operations of every tenant (worker role): each gets the next fence and a lease. */
  async claimDue(
    tx: Transaction,
    limit: number,
  ): Promise<readonly { readonly tenantId: string; readonly orderId: string; readonly fence: number }[]> {
    return tx.query(
      `with due as (
         select tenant_id, id from orders
          where op is not null and op_due_at <= now() and (op_lease_until is null or op_lease_until <= now())
          order by op_due_at
          limit $1
          for update skip locked
       )
       update orders o
          set op_fence = o.op_fence + 1, op_lease_until = now() + $2 * interval '1 millisecond'
         from due
        where o.tenant_id = due.tenant_id and o.id = due.id
       returning o.tenant_id as "tenantId", o.id as "orderId", o.op_fence as fence`,
      [limit, OPERATION_LEASE_MS],
    );
  }
}
