import type { RefundPolicy, UnitAllocation } from '@app/pricing';
import { stateConflict, verb, type Operation, type OrderStatus, type VerbName } from './state-machine.js';

export interface OrderItem {
  readonly id: string;
  readonly position: number;
  readonly ticketTypeId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly totalPriceCents: number;
  readonly allocation: UnitAllocation;
  readonly refundedQuantity: number;
}

export interface OrderTicket {
  readonly id: string;
  readonly itemId: string;
  readonly ticketTypeId: string;
  /** Number of the unit within its line, from 0. */
  readonly unit: number;
  readonly status: 'ISSUED' | 'VOID';
  readonly generation: number;
}

export interface OrderDiscount {
  readonly code: string;
  readonly promoCodeId: string;
  readonly amountCents: number;
}

export interface OrderAddress {
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string;
  readonly country: string;
}

export interface OrderPayment {
  readonly paymentIntentId: string;
  readonly generation: number;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: 'open' | 'succeeded' | 'canceled';
  readonly receivedCents: number;
  readonly refundReservedCents: number;
  readonly clientSecretSealed: string | null;
}

/** Who asked for a running operation, and what else its end needs to know. */
export interface OperationCause {
  readonly actor: { readonly kind: 'user' | 'service' | 'system'; readonly id: string };
  readonly reason: string | null;
  readonly requestId: string | null;
  /** The late payment that an operation `recovering` brings home. */
  readonly paymentIntentId?: string;
  /** Where in a trace it was begun, so that whoever continues it continues the trace. */
  readonly traceparent?: string;
}

/** An order as it is loaded: whole, and never changed in place. */
export interface Order {
  readonly tenantId: string;
  readonly id: string;
  readonly orderNumber: string;
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
  readonly paymentIntentId: string | null;
  readonly eventName: string;
  readonly eventStartsAt: Date;
  readonly purchaseLimit: number | null;
  readonly pricingPolicyIds: readonly string[];
  readonly refundPolicy: RefundPolicy;
  readonly metadata: Readonly<Record<string, string>>;
  readonly op: Operation | null;
  /** Grows each time somebody takes the operation over; a holder of an older one writes nothing. */
  readonly opFence: number;
  readonly opLeaseUntil: Date | null;
  readonly opDueAt: Date | null;
  readonly opStartedAt: Date | null;
  readonly opCause: OperationCause | null;
  /** Counts the attempts to reserve; part of every key and body that leaves for a sibling. */
  readonly generation: number;
  readonly generationOpen: boolean;
  readonly eventSequence: number;
  readonly auditSequence: number;
  readonly processingExtended: boolean;
  readonly fenceGaveUp: boolean;
  readonly disputed: boolean;
  readonly expiresAt: Date | null;
  readonly reservationExpiresAt: Date | null;
  readonly remindedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly reservedAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly completedAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly expiredAt: Date | null;
  readonly refundedAt: Date | null;
  readonly cancelReason: string | null;
  readonly creationKey: string;
  readonly items: readonly OrderItem[];
  readonly tickets: readonly OrderTicket[];
  readonly discounts: readonly OrderDiscount[];
  readonly payments: readonly OrderPayment[];
  readonly billingAddress: OrderAddress | null;
  readonly shippingAddress: OrderAddress | null;
}

const NO_OPERATION = {
  op: null,
  opLeaseUntil: null,
  opDueAt: null,
  opStartedAt: null,
  opCause: null,
} as const;

/** The statuses in which an order waits for its buyer and therefore has a deadline. */
function hasDeadline(status: OrderStatus): boolean {
  return status === 'PENDING' || status === 'RESERVED';
}

/**
 * The order after a verb: status, its instant, the next version and event numbers, the operation ended.
 * What the verb brings along (a deadline, a payment) comes in `also`.
 * @throws ORDER_STATE_CONFLICT when the table has no such transition
 */
export function moved(order: Order, name: VerbName, now: Date, also: Partial<Order> = {}): Order {
  const row = verb(name);
  if (!row.from.includes(order.status)) throw stateConflict(order, name);
  return {
    ...order,
    ...NO_OPERATION,
    ...(hasDeadline(row.to) ? {} : { expiresAt: null }),
    ...also,
    status: row.to,
    version: order.version + 1,
    updatedAt: now,
    [row.stamp]: now,
    eventSequence: order.eventSequence + row.events.length,
    auditSequence: order.auditSequence + 1,
  };
}

/** The order with an operation begun, or taken over from a holder that gave it up. */
export function withOperation(
  order: Order,
  operation: {
    readonly kind: Operation;
    readonly now: Date;
    readonly leaseUntil: Date;
    readonly dueAt: Date;
    readonly cause: OperationCause;
  },
): Order {
  const isTakenOver = order.op === operation.kind;
  return {
    ...order,
    op: operation.kind,
    opFence: order.opFence + 1,
    opLeaseUntil: operation.leaseUntil,
    opDueAt: operation.dueAt,
    opStartedAt: isTakenOver ? order.opStartedAt : operation.now,
    opCause: isTakenOver ? (order.opCause ?? operation.cause) : operation.cause,
  };
}

export function withoutOperation(order: Order): Order {
  return { ...order, ...NO_OPERATION };
}

/** The payment whose success pays the order. */
export function currentPayment(order: Order): OrderPayment | null {
  return order.payments.find((payment) => payment.paymentIntentId === order.paymentIntentId) ?? null;
}

/** The payments of an order once money is booked on its current one; other money changes nothing here. */
export function paymentsWithMoney(
  order: Order,
  intent: { readonly paymentIntentId: string; readonly amountReceivedCents: number },
): readonly OrderPayment[] {
  const current = currentPayment(order);
  if (current?.paymentIntentId !== intent.paymentIntentId) return order.payments;
  return order.payments.map((payment) =>
    payment === current
      ? {
          ...payment,
          status: 'succeeded' as const,
          receivedCents: intent.amountReceivedCents,
          clientSecretSealed: null,
        }
      : payment,
  );
}

export function totalQuantity(order: Pick<Order, 'items'>): number {
  return order.items.reduce((sum, item) => sum + item.quantity, 0);
}

/** True once the order's deadline has passed by the database's clock. */
export function isOverdue(order: Order, now: Date): boolean {
  return order.expiresAt !== null && order.expiresAt.getTime() <= now.getTime();
}
