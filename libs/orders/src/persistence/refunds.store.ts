import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import { FencedOff, type Transaction } from '@app/platform';
import type { OrderRefund, RefundItem } from '../domain/refund.js';

const REFUND_SELECT = `
  select r.id, r.order_id as "orderId", r.payment_intent_id as "paymentIntentId", r.status, r.kind, r.amount_cents as "amountCents", r.currency,
         r.reason, r.policy_clause as "policyClause", r.principal, r.idempotency_key as "idempotencyKey", r.failure_code as "failureCode",
         r.created_at as "createdAt", r.settled_at as "settledAt",
         coalesce((select jsonb_agg(jsonb_build_object('itemId', i.item_id, 'units', i.units, 'unitGoodwillCents', i.unit_goodwill_cents, 'amountCents', i.amount_cents)
            order by i.item_id) from order_refund_items i where i.tenant_id = r.tenant_id and i.refund_id = r.id), '[]') as items
    from order_refunds r`;

@Injectable()
export class RefundsStore {
  async ofOrder(tx: Transaction, orderId: string): Promise<readonly OrderRefund[]> {
    return tx.query<OrderRefund>(
      `${REFUND_SELECT} where r.tenant_id = $1 and r.order_id = $2 order by r.created_at, r.id`,
      [tx.tenant(), orderId],
    );
  }

  async ofOrders(tx: Transaction, orderIds: readonly string[]): Promise<readonly OrderRefund[]> {
    return tx.query<OrderRefund>(
      `${REFUND_SELECT} where r.tenant_id = $1 and r.order_id = any ($2::uuid[]) order by r.created_at, r.id`,
      [tx.tenant(), orderIds],
    );
  }

  /** @throws REFUND_NOT_FOUND when this order has no such refund */
  async get(tx: Transaction, orderId: string, refundId: string): Promise<OrderRefund> {
    const [refund] = await tx.query<OrderRefund>(
      `${REFUND_SELECT} where r.tenant_id = $1 and r.order_id = $2 and r.id = $3`,
      [tx.tenant(), orderId, refundId],
    );
    if (refund === undefined) throw new AppError('REFUND_NOT_FOUND');
    return refund;
  }

  /** Writes a PENDING refund; the order's row lock is held, so no unit is owned twice. */
  async insert(tx: Transaction, refund: OrderRefund): Promise<void> {
    await tx.execute(
      `insert into order_refunds (tenant_id, id, order_id, payment_intent_id, status, kind, amount_cents, currency, reason, policy_clause, principal, idempotency_key, created_at)
       values ($1, $2, $3, $4, 'PENDING', $5, $6, $7, $8, $9, $10, $11, now())`,
      [
        tx.tenant(),
        refund.id,
        refund.orderId,
        refund.paymentIntentId,
        refund.kind,
        refund.amountCents,
        refund.currency,
        refund.reason,
        refund.policyClause,
        refund.principal,
        refund.idempotencyKey,
      ],
    );
    await this.insertItems(tx, refund);
  }

  private async insertItems(tx: Transaction, refund: OrderRefund): Promise<void> {
    if (refund.items.length === 0) return;
    await tx.execute(
      `insert into order_refund_items (tenant_id, refund_id, order_id, item_id, units, unit_goodwill_cents, amount_cents)
       select $1, $2, $3, r."itemId", r.units, r."unitGoodwillCents", r."amountCents"
         from jsonb_to_recordset($4) as r ("itemId" uuid, units smallint[], "unitGoodwillCents" bigint[], "amountCents" bigint)`,
      [tx.tenant(), refund.id, refund.orderId, JSON.stringify(refund.items satisfies readonly RefundItem[])],
    );
  }

  /** Ends a PENDING refund, once. @throws FencedOff when it is settled already */
  async settle(
    tx: Transaction,
    refundId: string,
    status: 'SUCCEEDED' | 'FAILED',
    failureCode: string | null,
  ): Promise<void> {
    const changed = await tx.execute(
      `update order_refunds set status = $3, failure_code = $4, settled_at = now() where tenant_id = $1 and id = $2 and status = 'PENDING'`,
      [tx.tenant(), refundId, status, failureCode],
    );
    if (changed !== 1) throw new FencedOff(`refund ${refundId} is settled already`);
  }

  /** Counts refunded units on the lines. */
  async countUnits(tx: Transaction, refund: OrderRefund): Promise<void> {
    for (const item of refund.items) {
      if (item.units.length === 0) continue;
      await tx.execute(
        `update order_items set refunded_quantity = refunded_quantity + $3 where tenant_id = $1 and id = $2`,
        [tx.tenant(), item.itemId, item.units.length],
      );
    }
  }
}
