import type { OrderStatus } from './state-machine.js';

/**
 * What payment-service says of an order, held against our books.
 * free: the order costs nothing and has no intent · none: no intent · open: the intent the order waits for can be paid ·
 * dead: canceled · loose: an intent can be paid that the order does not wait for · unbooked: money came in that we have
 * not booked · kept: the order is paid and the money stays · returned: what came in went back, as far as the policy
 * pays back · surplus: money stays that does not pay the order · disagrees: the figures are not those of our books
 */
export const PAYMENT_STATES = [
  'free',
  'none',
  'open',
  'dead',
  'loose',
  'unbooked',
  'kept',
  'returned',
  'surplus',
  'disagrees',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/**
 * What ticket-service says of an order.
 * none: never heard of it · held, issued: as many as the order has · gone: released or expired ·
 * differs: held or issued, in other quantities · waived: nothing is there, and nothing is owed any more
 */
export const TICKETS_STATES = ['none', 'held', 'issued', 'gone', 'differs', 'waived'] as const;
export type TicketsState = (typeof TICKETS_STATES)[number];

/** How an inconsistency is mended, each through the verb or effect that should have done it. */
export const REPAIRS = ['settle', 'expire', 'issue', 'release', 'cancel-intent'] as const;
export type Repair = (typeof REPAIRS)[number];

/** What only a person can decide. */
export const MATRIX_FINDINGS = [
  'unpaid_order_confirmed',
  'money_kept',
  'surplus_money',
  'books_disagree',
  'tickets_missing',
  'tickets_differ',
  'tickets_issued_unpaid',
] as const;
export type MatrixFinding = (typeof MATRIX_FINDINGS)[number];

export type Cell = 'ok' | `repair:${Repair}` | `finding:${MatrixFinding}`;

type Row = Readonly<Record<TicketsState, Cell>>;

/** Money is put right before anybody looks at the seats; the next round sees them afresh. */
function whateverTheTickets(cell: Cell): Row {
  return { none: cell, held: cell, issued: cell, gone: cell, differs: cell, waived: cell };
}

const SETTLE = whateverTheTickets('repair:settle');
const CANCEL_INTENT = whateverTheTickets('repair:cancel-intent');
const SURPLUS = whateverTheTickets('finding:surplus_money');
const DISAGREES = whateverTheTickets('finding:books_disagree');
const MONEY_KEPT = whateverTheTickets('finding:money_kept');
const UNPAID = whateverTheTickets('finding:unpaid_order_confirmed');

/** Nothing may be held for an order that is not reserved, or is over. */
const NO_SEATS: Row = {
  none: 'ok',
  held: 'repair:release',
  issued: 'repair:release',
  gone: 'ok',
  differs: 'repair:release',
  waived: 'ok',
};
const NEVER_PAID: Row = { ...NO_SEATS, issued: 'finding:tickets_issued_unpaid' };
/** It cannot be paid any more, or has no seats: it ends before the buyer pays for nothing. */
const UNPAYABLE: Row = { ...whateverTheTickets('repair:expire'), issued: 'finding:tickets_issued_unpaid' };
const RESERVED_SEATS: Row = {
  none: 'repair:expire',
  held: 'ok',
  issued: 'finding:tickets_issued_unpaid',
  gone: 'repair:expire',
  differs: 'finding:tickets_differ',
  waived: 'repair:expire',
};
/** Paid: the seats are issued, or taken again when ticket-service has lost them. */
const TO_BE_ISSUED: Row = {
  ...whateverTheTickets('repair:issue'),
  differs: 'finding:tickets_differ',
  waived: 'ok',
};
const ISSUED: Row = {
  none: 'finding:tickets_missing',
  held: 'finding:tickets_missing',
  issued: 'ok',
  gone: 'finding:tickets_missing',
  differs: 'finding:tickets_differ',
  waived: 'ok',
};

const MONEY_TROUBLE = { loose: CANCEL_INTENT, unbooked: SETTLE, surplus: SURPLUS, disagrees: DISAGREES };

/**
 * Every combination of what we, payment-service and ticket-service believe of an order, and what is done about it once
 * it has been seen twice. Whatever is not `ok` is either mended or shown to an operator: there is no third way.
 */
export const RECONCILIATION_MATRIX = {
  PENDING: {
    free: NEVER_PAID,
    none: NEVER_PAID,
    open: CANCEL_INTENT,
    dead: NEVER_PAID,
    kept: MONEY_KEPT,
    returned: NO_SEATS,
    ...MONEY_TROUBLE,
  },
  RESERVED: {
    free: UNPAYABLE,
    none: UNPAYABLE,
    open: RESERVED_SEATS,
    dead: UNPAYABLE,
    kept: MONEY_KEPT,
    returned: UNPAYABLE,
    ...MONEY_TROUBLE,
  },
  CONFIRMED: {
    free: TO_BE_ISSUED,
    none: UNPAID,
    open: UNPAID,
    dead: UNPAID,
    kept: TO_BE_ISSUED,
    returned: UNPAID,
    ...MONEY_TROUBLE,
  },
  COMPLETED: {
    free: ISSUED,
    none: UNPAID,
    open: UNPAID,
    dead: UNPAID,
    kept: ISSUED,
    returned: UNPAID,
    ...MONEY_TROUBLE,
  },
  CANCELLED: {
    free: NO_SEATS,
    none: NO_SEATS,
    open: CANCEL_INTENT,
    dead: NO_SEATS,
    kept: MONEY_KEPT,
    returned: NO_SEATS,
    ...MONEY_TROUBLE,
  },
  EXPIRED: {
    free: NEVER_PAID,
    none: NEVER_PAID,
    open: CANCEL_INTENT,
    dead: NEVER_PAID,
    kept: MONEY_KEPT,
    returned: NO_SEATS,
    ...MONEY_TROUBLE,
  },
  REFUNDED: {
    free: NO_SEATS,
    none: UNPAID,
    open: UNPAID,
    dead: UNPAID,
    kept: MONEY_KEPT,
    returned: NO_SEATS,
    ...MONEY_TROUBLE,
  },
} as const satisfies Readonly<Record<OrderStatus, Readonly<Record<PaymentState, Row>>>>;

/** What a combination that is not `ok` is called while it lasts: a metric label and the kind of a finding. */
export const REPAIR_KINDS = {
  settle: 'payment_not_settled',
  expire: 'reservation_cannot_be_paid',
  issue: 'tickets_not_issued',
  release: 'tickets_not_released',
  'cancel-intent': 'intent_still_payable',
} as const satisfies Readonly<Record<Repair, string>>;

/** What siblings have for an order that we do not know; only a person can tell whose it is. */
export const ORPHANS = {
  'intent-paid': 'payment_without_order',
  'intent-open': 'intent_without_order',
  'intent-over': null,
  'tickets-live': 'tickets_without_order',
  'tickets-over': null,
} as const satisfies Readonly<Record<string, string | null>>;
export type Orphan = keyof typeof ORPHANS;

export function matrixCell(status: OrderStatus, payment: PaymentState, tickets: TicketsState): Cell {
  return RECONCILIATION_MATRIX[status][payment][tickets];
}

/** False when no tickets could make this payment state right for the status. */
export function isPaymentPlausible(status: OrderStatus, payment: PaymentState): boolean {
  return TICKETS_STATES.some((tickets) => matrixCell(status, payment, tickets) === 'ok');
}

/** False when no payment could make this tickets state right for the status. */
export function areTicketsPlausible(status: OrderStatus, tickets: TicketsState): boolean {
  return PAYMENT_STATES.some((payment) => matrixCell(status, payment, tickets) === 'ok');
}
