import type { RefundableLine } from '@app/pricing';
import type { Order } from './order.js';

export type RefundStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED';

/**
 * units: pays back numbered units of lines · goodwill: an amount an admin gives, laid on the units ·
 * payment: a whole payment that must not stay with us (late, double, wrong)
 */
export type RefundKind = 'units' | 'goodwill' | 'payment';

export interface RefundItem {
  readonly itemId: string;
  readonly units: readonly number[];
  /** One entry per unit of the line for goodwill, empty otherwise. */
  readonly unitGoodwillCents: readonly number[];
  readonly amountCents: number;
}

export interface OrderRefund {
  readonly id: string;
  readonly orderId: string;
  readonly paymentIntentId: string;
  readonly status: RefundStatus;
  readonly kind: RefundKind;
  readonly amountCents: number;
  readonly currency: string;
  readonly reason: string;
  readonly policyClause: string | null;
  readonly principal: string;
  readonly idempotencyKey: string;
  readonly failureCode: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
  readonly items: readonly RefundItem[];
}

/** The lines of an order with what its refunds have taken of them; a FAILED refund frees its units again. */
export function refundableLines(order: Order, refunds: readonly OrderRefund[]): readonly RefundableLine[] {
  return order.items.map((item) => {
    const parts = (status: RefundStatus): readonly RefundItem[] =>
      refunds
        .filter((refund) => refund.status === status)
        .flatMap((refund) => refund.items.filter((part) => part.itemId === item.id));
    const succeeded = parts('SUCCEEDED');
    const pending = parts('PENDING');
    return {
      itemId: item.id,
      ticketTypeId: item.ticketTypeId,
      quantity: item.quantity,
      allocation: item.allocation,
      refundedUnits: succeeded.flatMap((part) => part.units),
      pendingUnits: pending.flatMap((part) => part.units),
      goodwillCents: Array.from({ length: item.quantity }, (_entry, unit) =>
        [...succeeded, ...pending].reduce((sum, part) => sum + (part.unitGoodwillCents[unit] ?? 0), 0),
      ),
    };
  });
}

/**
 * Whether a refund counts into the order's own figures: it does when it pays back the payment that paid the order, in
 * the order's currency.
 */
export function countsIntoOrder(
  order: Pick<Order, 'paymentIntentId' | 'currency'>,
  refund: Pick<OrderRefund, 'paymentIntentId' | 'currency'>,
): boolean {
  return refund.paymentIntentId === order.paymentIntentId && refund.currency === order.currency;
}
