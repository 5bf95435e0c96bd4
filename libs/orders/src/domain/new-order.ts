import { uuidv7 } from '@app/kernel';
import type { PriceBreakdown, RefundPolicy } from '@app/pricing';
import type { Order, OrderAddress, OrderDiscount } from './order.js';

export interface NewOrderFacts {
  readonly tenantId: string;
  readonly userId: string;
  readonly orderNumber: string;
  readonly creationKey: string;
  readonly now: Date;
  readonly pendingTtlMs: number;
  readonly event: {
    readonly id: string;
    readonly name: string;
    readonly startsAt: string;
    readonly purchaseLimitPerBuyer: number | null;
  };
  readonly names: ReadonlyMap<string, string>;
  readonly price: PriceBreakdown;
  readonly pricingPolicyIds: readonly string[];
  readonly refundPolicy: RefundPolicy;
  readonly discounts: readonly OrderDiscount[];
  readonly billingAddress: OrderAddress | null;
  readonly shippingAddress: OrderAddress | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What has not happened to an order that has just been born. */
const UNTOUCHED = {
  refundedCents: 0,
  pendingRefundCents: 0,
  paymentIntentId: null,
  op: null,
  opFence: 0,
  opLeaseUntil: null,
  opDueAt: null,
  opStartedAt: null,
  opCause: null,
  generation: 0,
  generationOpen: false,
  eventSequence: 1,
  auditSequence: 1,
  processingExtended: false,
  fenceGaveUp: false,
  disputed: false,
  reservationExpiresAt: null,
  remindedAt: null,
  reservedAt: null,
  confirmedAt: null,
  completedAt: null,
  cancelledAt: null,
  expiredAt: null,
  refundedAt: null,
  cancelReason: null,
} as const;

/** A PENDING order, version 1, with its first event counted. */
export function newOrder(facts: NewOrderFacts): Order {
  const { price, event, now } = facts;
  return {
    tenantId: facts.tenantId,
    id: uuidv7(now.getTime()),
    orderNumber: facts.orderNumber,
    userId: facts.userId,
    eventId: event.id,
    status: 'PENDING',
    version: 1,
    currency: price.currency,
    subtotalCents: price.subtotalCents,
    discountCents: price.discountCents,
    platformFeeCents: price.platformFeeCents,
    processingFeeCents: price.processingFeeCents,
    taxCents: price.taxCents,
    totalCents: price.totalCents,
    eventName: event.name,
    eventStartsAt: new Date(event.startsAt),
    purchaseLimit: event.purchaseLimitPerBuyer,
    pricingPolicyIds: facts.pricingPolicyIds,
    refundPolicy: facts.refundPolicy,
    metadata: facts.metadata,
    ...UNTOUCHED,
    expiresAt: new Date(now.getTime() + facts.pendingTtlMs),
    createdAt: now,
    updatedAt: now,
    creationKey: facts.creationKey,
    items: price.lines.map((line, position) => ({
      id: uuidv7(now.getTime()),
      position,
      ticketTypeId: line.ticketTypeId,
      name: facts.names.get(line.ticketTypeId) ?? '',
      quantity: line.quantity,
      unitPriceCents: line.unitPriceCents,
      totalPriceCents: line.totalPriceCents,
      allocation: line.allocation,
      refundedQuantity: 0,
    })),
    tickets: [],
    discounts: facts.discounts,
    payments: [],
    billingAddress: facts.billingAddress,
    shippingAddress: facts.shippingAddress,
  };
}
