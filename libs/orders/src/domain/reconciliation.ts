import type { Order } from './order.js';
import type { Orphan, PaymentState, TicketsState } from './reconciliation-matrix.js';
import { refundableLines, type OrderRefund } from './refund.js';

/** What we believe of an order. */
export interface Books {
  readonly order: Order;
  readonly refunds: readonly OrderRefund[];
  /** Intents whose money an operator decides about already. */
  readonly underReview: ReadonlySet<string>;
}

export interface SeenIntent {
  readonly paymentIntentId: string;
  readonly status: 'requires_payment_method' | 'requires_action' | 'processing' | 'succeeded' | 'canceled';
  readonly amountReceivedCents: number;
  readonly refundedCents: number;
}

export interface SeenReservation {
  readonly generation: number;
  readonly status: 'HELD' | 'ISSUED' | 'RELEASED' | 'EXPIRED';
  readonly items: readonly { readonly ticketTypeId: string; readonly quantity: number }[];
}

/** Money that is not where it should be, most urgent first; the rest of an order is judged only without it. */
export const MONEY_TROUBLES: readonly PaymentState[] = ['unbooked', 'disagrees', 'loose', 'surplus'];

/** A paid order keeps its money until a refund has succeeded; one that is over has given back what is on its way. */
function isPaidStatus(order: Order): boolean {
  return order.status === 'CONFIRMED' || order.status === 'COMPLETED';
}

/** One intent of the order, by its own row at payment-service. */
export function intentState(books: Books, intent: SeenIntent): PaymentState {
  const { order } = books;
  const isCurrent = intent.paymentIntentId === order.paymentIntentId;
  if (books.underReview.has(intent.paymentIntentId)) return 'dead';
  const booked = order.payments.find((payment) => payment.paymentIntentId === intent.paymentIntentId);
  if (intent.status !== 'succeeded') {
    if (booked?.status === 'succeeded') return 'disagrees';
    if (intent.status === 'canceled') return 'dead';
    return isCurrent ? 'open' : 'loose';
  }
  if (booked?.status !== 'succeeded') return 'unbooked';
  const refunds = books.refunds.filter((refund) => refund.paymentIntentId === intent.paymentIntentId);
  const succeededCents = sumOf(refunds, 'SUCCEEDED');
  const pendingCents = sumOf(refunds, 'PENDING');
  if (
    booked.receivedCents !== intent.amountReceivedCents ||
    intent.refundedCents < succeededCents ||
    intent.refundedCents > succeededCents + pendingCents
  )
    return 'disagrees';
  const isAllBack = intent.amountReceivedCents === succeededCents + pendingCents;
  if (!isCurrent) return isAllBack ? 'dead' : 'surplus';
  if (isPaidStatus(order)) return intent.amountReceivedCents === succeededCents ? 'returned' : 'kept';
  return isAllBack || isEveryUnitRefunded(books) ? 'returned' : 'kept';
}

/** The order by all its intents at payment-service. */
export function paymentState(books: Books, intents: readonly SeenIntent[]): PaymentState {
  const { order } = books;
  const states = intents.map((intent) => ({ intent, state: intentState(books, intent) }));
  const urgent = MONEY_TROUBLES.find((state) => states.some((entry) => entry.state === state));
  if (urgent !== undefined) return urgent;
  const isMissing = order.payments.some(
    (payment) =>
      payment.receivedCents > 0 &&
      !intents.some((intent) => intent.paymentIntentId === payment.paymentIntentId),
  );
  if (isMissing) return 'disagrees';
  const current = states.find(({ intent }) => intent.paymentIntentId === order.paymentIntentId);
  if (current !== undefined) return current.state;
  if (order.totalCents === 0) return 'free';
  return order.paymentIntentId === null && states.length > 0 ? 'dead' : 'none';
}

/** @param reservation null when ticket-service knows none */
export function ticketsState(books: Books, reservation: SeenReservation | null): TicketsState {
  const { order } = books;
  const owed = order.items.map((item) => owedOf(books, item));
  if (reservation === null || reservation.status === 'RELEASED' || reservation.status === 'EXPIRED') {
    if (isPaidStatus(order) && owed.every(({ min }) => min === 0)) return 'waived';
    return reservation === null ? 'none' : 'gone';
  }
  const isWaiting = isPaidStatus(order) || order.status === 'RESERVED';
  const quantities = new Map(
    reservation.items.map((line) => [line.ticketTypeId.toLowerCase(), line.quantity]),
  );
  const strangers = reservation.items.some(
    (line) => !order.items.some((item) => item.ticketTypeId === line.ticketTypeId.toLowerCase()),
  );
  const fits = owed.every(({ ticketTypeId, min, max }) => {
    const quantity = quantities.get(ticketTypeId) ?? 0;
    return quantity >= min && quantity <= max;
  });
  if (isWaiting && (strangers || !fits)) return 'differs';
  return reservation.status === 'HELD' ? 'held' : 'issued';
}

/**
 * How many tickets of a line ticket-service may have: a refund that is pending may have given its tickets back or not,
 * and a failed one leaves them void.
 */
function owedOf(
  books: Books,
  item: Order['items'][number],
): { readonly ticketTypeId: string; readonly min: number; readonly max: number } {
  const unitsOf = (statuses: readonly OrderRefund['status'][]): number =>
    new Set(
      books.refunds
        .filter((refund) => statuses.includes(refund.status))
        .flatMap((refund) => refund.items.filter((part) => part.itemId === item.id))
        .flatMap((part) => part.units),
    ).size;
  return {
    ticketTypeId: item.ticketTypeId,
    min: item.quantity - unitsOf(['SUCCEEDED', 'PENDING', 'FAILED']),
    max: item.quantity - unitsOf(['SUCCEEDED']),
  };
}

/** What an intent is that belongs to no order of ours. */
export function orphanOf(intent: SeenIntent): Orphan {
  if (intent.status === 'canceled') return 'intent-over';
  if (intent.status !== 'succeeded') return 'intent-open';
  return intent.amountReceivedCents > intent.refundedCents ? 'intent-paid' : 'intent-over';
}

function isEveryUnitRefunded({ order, refunds }: Books): boolean {
  return refundableLines(order, refunds).every(
    (line) => line.refundedUnits.length + line.pendingUnits.length >= line.quantity,
  );
}

function sumOf(refunds: readonly OrderRefund[], status: OrderRefund['status']): number {
  return refunds
    .filter((refund) => refund.status === status)
    .reduce((sum, refund) => sum + refund.amountCents, 0);
}
