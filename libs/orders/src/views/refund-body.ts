import type { OrderRefund, RefundStatus } from '../domain/refund.js';

/** A refund as clients see it. */
export interface RefundBody {
  readonly id: string;
  readonly orderId: string;
  readonly status: RefundStatus;
  readonly amountCents: number;
  readonly currency: string;
  readonly reason: string;
  readonly items: readonly {
    readonly itemId: string;
    readonly quantity: number;
    readonly amountCents: number;
  }[];
  readonly createdAt: string;
  readonly settledAt: string | null;
  readonly failureCode: string | null;
}

export function refundBody(refund: OrderRefund): RefundBody {
  return {
    id: refund.id,
    orderId: refund.orderId,
    status: refund.status,
    amountCents: refund.amountCents,
    currency: refund.currency,
    reason: refund.reason,
    items: refund.items.map(({ itemId, units, amountCents }) => ({
      itemId,
      quantity: units.length,
      amountCents,
    })),
    createdAt: refund.createdAt.toISOString(),
    settledAt: refund.settledAt?.toISOString() ?? null,
    failureCode: refund.failureCode,
  };
}

export function refundLocation(orderId: string, refundId: string): string {
  return `/api/v1/orders/${orderId}/refunds/${refundId}`;
}
