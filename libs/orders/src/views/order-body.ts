import type { Order, OrderAddress } from '../domain/order.js';
import { OPERATION_VERB, allowedActions, type OrderStatus } from '../domain/state-machine.js';

/** An order as clients see it. Field names and meanings are the public contract. */
export interface OrderBody {
  readonly id: string;
  readonly orderNumber: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly eventId: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly currency: string;
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly platformFeeCents: number;
  readonly processingFeeCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly pendingRefundCents: number;
  readonly items: readonly OrderItemBody[];
  readonly tickets: readonly OrderTicketBody[];
  readonly discounts: readonly { readonly code: string; readonly amountCents: number }[];
  readonly paymentIntentId: string | null;
  readonly reservationExpiresAt: string | null;
  readonly expiresAt: string | null;
  readonly expiresInSeconds: number | null;
  readonly pendingAction: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly reservedAt: string | null;
  readonly confirmedAt: string | null;
  readonly completedAt: string | null;
  readonly cancelledAt: string | null;
  readonly expiredAt: string | null;
  readonly refundedAt: string | null;
  readonly cancelReason: string | null;
  readonly billingAddress: OrderAddress | null;
  readonly shippingAddress: OrderAddress | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly allowedActions: readonly string[];
}

export interface OrderItemBody {
  readonly id: string;
  readonly ticketTypeId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly totalPriceCents: number;
  readonly refundedQuantity: number;
}

export interface OrderTicketBody {
  readonly id: string;
  readonly itemId: string;
  readonly ticketTypeId: string;
  readonly status: 'ISSUED' | 'VOID';
}

/** What reserve adds, so that the buyer's page can pay; null for an order that costs nothing. */
export interface PaymentBody {
  readonly intentId: string;
  readonly clientSecret: string | null;
}

/** The one mapper from an order to its body; `now` only fills `expiresInSeconds`. */
export function orderBody(order: Order, now: Date): OrderBody {
  return {
    id: order.id,
    orderNumber: order.orderNumber,
    tenantId: order.tenantId,
    userId: order.userId,
    eventId: order.eventId,
    status: order.status,
    version: order.version,
    currency: order.currency,
    subtotalCents: order.subtotalCents,
    discountCents: order.discountCents,
    platformFeeCents: order.platformFeeCents,
    processingFeeCents: order.processingFeeCents,
    taxCents: order.taxCents,
    totalCents: order.totalCents,
    refundedCents: order.refundedCents,
    pendingRefundCents: order.pendingRefundCents,
    items: order.items.map(
      ({ id, ticketTypeId, name, quantity, unitPriceCents, totalPriceCents, refundedQuantity }) => ({
        id,
        ticketTypeId,
        name,
        quantity,
        unitPriceCents,
        totalPriceCents,
        refundedQuantity,
      }),
    ),
    tickets: order.tickets.map(({ id, itemId, ticketTypeId, status }) => ({
      id,
      itemId,
      ticketTypeId,
      status,
    })),
    discounts: order.discounts.map(({ code, amountCents }) => ({ code, amountCents })),
    paymentIntentId: order.paymentIntentId,
    reservationExpiresAt: instant(order.reservationExpiresAt),
    expiresAt: instant(order.expiresAt),
    expiresInSeconds:
      order.expiresAt === null
        ? null
        : Math.max(0, Math.floor((order.expiresAt.getTime() - now.getTime()) / 1000)),
    pendingAction: order.op === null ? null : OPERATION_VERB[order.op],
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    reservedAt: instant(order.reservedAt),
    confirmedAt: instant(order.confirmedAt),
    completedAt: instant(order.completedAt),
    cancelledAt: instant(order.cancelledAt),
    expiredAt: instant(order.expiredAt),
    refundedAt: instant(order.refundedAt),
    cancelReason: order.cancelReason,
    billingAddress: order.billingAddress,
    shippingAddress: order.shippingAddress,
    metadata: order.metadata,
    allowedActions: allowedActions(order),
  };
}

function instant(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
