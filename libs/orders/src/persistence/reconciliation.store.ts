import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { Books } from '../domain/reconciliation.js';
import { OrdersStore } from './orders.store.js';
import { RefundsStore } from './refunds.store.js';

export interface ChangedOrder {
  readonly tenantId: string;
  readonly orderId: string;
  readonly generation: number;
  readonly paymentIntentId: string | null;
}

const CHANGED = `o.tenant_id as "tenantId", o.id as "orderId", o.generation, o.payment_intent_id as "paymentIntentId"`;

/** What reconciliation reads. */
@Injectable()
export class ReconciliationStore {
  constructor(
    private readonly orders: OrdersStore,
    private readonly refunds: RefundsStore,
  ) {}

  /** What we believe of orders of the transaction's tenant; one that is not there has no entry. */
  async books(tx: Transaction, orderIds: readonly string[]): Promise<ReadonlyMap<string, Books>> {
    const orders = await this.orders.findMany(tx, `where o.tenant_id = $1 and o.id = any ($2::uuid[])`, [
      tx.tenant(),
      orderIds,
    ]);
    if (orders.length === 0) return new Map();
    const known = orders.map((order) => order.id);
    const refunds = await this.refunds.ofOrders(tx, known);
    const reviewed = await tx.query<{ paymentIntentId: string }>(
      `select payment_intent_id as "paymentIntentId" from late_payments
        where tenant_id = $1 and order_id = any ($2::uuid[]) and outcome = 'under_review'`,
      [tx.tenant(), known],
    );
    const underReview = new Set(reviewed.map((row) => row.paymentIntentId));
    return new Map(
      orders.map((order) => [
        order.id,
        { order, refunds: refunds.filter((refund) => refund.orderId === order.id), underReview },
      ]),
    );
  }

  /** True while an operation runs on the order, or a call for it is younger than `graceMs` and may still arrive by itself. */
  async isUnderWay(tx: Transaction, orderId: string, graceMs: number): Promise<boolean> {
    const { isUnderWay } = await tx.one<{ isUnderWay: boolean }>(
      `select exists (select 1 from orders where tenant_id = $1 and id = $2 and op is not null)
              or exists (
                select 1 from order_effects
                 where tenant_id = $1 and order_id = $2 and state in ('pending', 'armed')
                   and created_at > now() - $3 * interval '1 millisecond') as "isUnderWay"`,
      [tx.tenant(), orderId, graceMs],
    );
    return isUnderWay;
  }

  /** Orders with news whose events have no place in the feed yet (worker role). */
  async changedUnnumbered(
    tx: Transaction,
    windowMs: number,
    limit: number,
  ): Promise<readonly ChangedOrder[]> {
    return tx.query<ChangedOrder>(
      `select ${CHANGED} from (
         select tenant_id, order_id from outbox
          where position is null and created_at >= now() - $1 * interval '1 millisecond' order by created_at limit $2) news
         join orders o on o.tenant_id = news.tenant_id and o.id = news.order_id`,
      [windowMs, limit],
    );
  }

  /** Orders with news before a place of the feed, latest first (worker role). */
  async changedBefore(
    tx: Transaction,
    position: string | null,
    windowMs: number,
    limit: number,
  ): Promise<readonly (ChangedOrder & { readonly position: string })[]> {
    return tx.query(
      `select ${CHANGED}, news.position::text as position from (
         select tenant_id, order_id, position, created_at from outbox
          where position is not null and ($1::bigint is null or position < $1::bigint)
          order by position desc limit $3) news
         join orders o on o.tenant_id = news.tenant_id and o.id = news.order_id
        where news.created_at >= now() - $2 * interval '1 millisecond'
        order by news.position desc`,
      [position, windowMs, limit],
    );
  }

  /** Orders of which reconciliation has seen something that is not over (worker role). */
  async unresolved(
    tx: Transaction,
    kinds: readonly string[],
    limit: number,
  ): Promise<readonly { readonly tenantId: string; readonly orderId: string }[]> {
    return tx.query(
      `select tenant_id as "tenantId", order_id as "orderId" from reconciliation_findings
        where state <> 'RESOLVED' and kind = any ($1) and order_id is not null order by last_seen_at limit $2`,
      [kinds, limit],
    );
  }
}
