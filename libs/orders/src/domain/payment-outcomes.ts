import type { OrderStatus } from './state-machine.js';

/**
 * What payment-service says of an intent of this order, held against what the order expects.
 * paid: the order's current intent succeeded for exactly its total · paid-other: another intent of the order succeeded ·
 * paid-wrong-amount: the current intent succeeded for another amount · paid-wrong-currency: in another currency
 */
export const PAYMENT_FACTS = ['paid', 'paid-other', 'paid-wrong-amount', 'paid-wrong-currency'] as const;
export type PaymentFact = (typeof PAYMENT_FACTS)[number];

/**
 * confirm: the order is paid · known: this money was booked before, or belongs to an order that is paid by it ·
 * late: money for an order that expired: bring it back if its tickets can still be had, otherwise pay back ·
 * refund: the money goes back whole · refund-duplicate: a second payment goes back, tickets untouched ·
 * mismatch: not this order's money yet: the caller hears PAYMENT_MISMATCH, the deadline's fence pays it back ·
 * hold: an operator must look
 */
export type PaymentAction =
  'confirm' | 'known' | 'late' | 'refund' | 'refund-duplicate' | 'mismatch' | 'hold';

/** Every pair has a row: nothing about money ever ends in "unexpected". */
export const PAYMENT_OUTCOMES: Readonly<Record<PaymentFact, Readonly<Record<OrderStatus, PaymentAction>>>> = {
  paid: {
    // The order has no current intent while PENDING: what was paid belongs to an undone generation.
    PENDING: 'refund',
    RESERVED: 'confirm',
    CONFIRMED: 'known',
    COMPLETED: 'known',
    CANCELLED: 'refund',
    EXPIRED: 'late',
    REFUNDED: 'known',
  },
  'paid-other': {
    PENDING: 'refund',
    RESERVED: 'refund',
    CONFIRMED: 'refund-duplicate',
    COMPLETED: 'refund-duplicate',
    CANCELLED: 'refund',
    EXPIRED: 'refund',
    REFUNDED: 'refund-duplicate',
  },
  'paid-wrong-amount': {
    PENDING: 'refund',
    RESERVED: 'mismatch',
    CONFIRMED: 'hold',
    COMPLETED: 'hold',
    CANCELLED: 'refund',
    EXPIRED: 'refund',
    REFUNDED: 'hold',
  },
  'paid-wrong-currency': {
    PENDING: 'hold',
    RESERVED: 'mismatch',
    CONFIRMED: 'hold',
    COMPLETED: 'hold',
    CANCELLED: 'hold',
    EXPIRED: 'hold',
    REFUNDED: 'hold',
  },
};

/** What confirm tells its caller about the money. */
export type PaymentOutcome =
  'confirmed' | 'recovering' | 'refunding' | 'duplicate_refunding' | 'under_review';

interface PaidIntent {
  readonly paymentIntentId: string;
  readonly amountReceivedCents: number;
  readonly currency: string;
}

interface ExpectingOrder {
  readonly paymentIntentId: string | null;
  readonly totalCents: number;
  readonly currency: string;
}

export function paymentFact(order: ExpectingOrder, intent: PaidIntent): PaymentFact {
  if (intent.currency !== order.currency) return 'paid-wrong-currency';
  if (intent.paymentIntentId !== order.paymentIntentId) return 'paid-other';
  return intent.amountReceivedCents === order.totalCents ? 'paid' : 'paid-wrong-amount';
}
