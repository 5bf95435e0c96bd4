import {
  violation,
  type Books,
  type IntentRow,
  type OrderRow,
  type PaymentRow,
  type RefundRow,
  type Violation,
} from './books.js';
import { byOrder, groupedBy, sumOf } from './grouping.js';

const KEEPS_ITS_MONEY: ReadonlySet<string> = new Set(['CONFIRMED', 'COMPLETED']);

/** An open finding of these kinds says that an operator has the money of the order in hand. */
const WITH_AN_OPERATOR: ReadonlySet<string> = new Set([
  'payment_under_review',
  'refund_failed',
  'undone_intent_paid',
  'intent_unknown_at_payment_service',
]);

/** What is known of the money of one order, from both sides. */
interface OrderMoney {
  readonly order: OrderRow;
  readonly intents: readonly IntentRow[];
  readonly payments: readonly PaymentRow[];
  readonly refunds: readonly RefundRow[];
}

/** I1, I3, I4, I7: who was charged how often, and what came back. */
export function checkMoney(books: Books): readonly Violation[] {
  const intentsOf = byOrder(books.siblings.intents);
  const paymentsOf = byOrder(books.orders.payments);
  const refundsOf = byOrder(books.orders.refunds);
  const excepted = new Set(
    books.orders.findings
      .filter((finding) => WITH_AN_OPERATOR.has(finding.kind))
      .map((finding) => finding.orderId),
  );
  return [
    ...chargedTwice(books),
    ...paidBackTooMuch(books),
    ...books.orders.orders.flatMap((order) => {
      if (books.forgotten.has(order.id)) return [];
      const money: OrderMoney = {
        order,
        intents: intentsOf(order.id),
        payments: paymentsOf(order.id),
        refunds: refundsOf(order.id),
      };
      return [
        ...keptWrong(money),
        ...refundedBeyondCapture(money),
        ...(books.isAtRest && !excepted.has(order.id) ? [...ended(money), ...neitherNorBoth(money)] : []),
        ...(books.isAtRest ? booksDiffer(money) : []),
      ];
    }),
  ];
}

/** I1 */
function chargedTwice(books: Books): readonly Violation[] {
  const charges = books.siblings.entries.filter(
    (entry) => entry.operation === 'confirm-intent' && entry.outcome === 'executed',
  );
  return [...groupedBy(charges, (charge) => charge.paymentIntentId ?? '')].flatMap(([intent, group]) =>
    group.length === 1
      ? []
      : [violation('I1', group[0]?.orderId ?? null, `Intent ${intent} was charged ${group.length} times.`)],
  );
}

/** I1: of several payments at most one stays with us, and it is the total. */
function keptWrong({ order, intents }: OrderMoney): readonly Violation[] {
  if (!KEEPS_ITS_MONEY.has(order.status)) return [];
  const current = intents.find((intent) => intent.paymentIntentId === order.paymentIntentId);
  const receivedCents = current?.amountReceivedCents ?? 0;
  return receivedCents === order.totalCents
    ? []
    : [
        violation(
          'I1',
          order.id,
          `The ${order.status} order costs ${order.totalCents} cents and was charged ${receivedCents}.`,
        ),
      ];
}

/** I3, on payment-service's side */
function paidBackTooMuch(books: Books): readonly Violation[] {
  return books.siblings.intents
    .filter((intent) => intent.refundedCents < 0 || intent.refundedCents > intent.amountReceivedCents)
    .map((intent) =>
      violation(
        'I3',
        intent.orderId,
        `Intent ${intent.paymentIntentId} received ${intent.amountReceivedCents} cents and paid back ${intent.refundedCents}.`,
      ),
    );
}

/** I3, on ours */
function refundedBeyondCapture({ order, payments, refunds }: OrderMoney): readonly Violation[] {
  return payments.flatMap((payment) => {
    const promisedCents = sumOf(
      refunds.filter(
        (refund) => refund.paymentIntentId === payment.paymentIntentId && refund.status !== 'FAILED',
      ),
      (refund) => refund.amountCents,
    );
    return promisedCents <= payment.receivedCents && promisedCents === payment.refundReservedCents
      ? []
      : [
          violation(
            'I3',
            order.id,
            `Of ${payment.receivedCents} cents of ${payment.paymentIntentId}, ${promisedCents} are being refunded and ${payment.refundReservedCents} set aside for it.`,
          ),
        ];
  });
}

/** I4: what is left of an order's money once it has come to its end. */
function ended({ order, intents, refunds }: OrderMoney): readonly Violation[] {
  const netCents = sumOf(intents, (intent) => intent.amountReceivedCents - intent.refundedCents);
  const keptByPolicyCents = order.totalCents - order.refundedCents;
  const isPaidBack = refunds.some(
    (refund) => refund.status === 'SUCCEEDED' && refund.paymentIntentId === order.paymentIntentId,
  );
  const expectedCents = KEEPS_ITS_MONEY.has(order.status)
    ? keptByPolicyCents
    : isPaidBack && (order.status === 'REFUNDED' || order.status === 'CANCELLED')
      ? keptByPolicyCents
      : 0;
  return netCents === expectedCents
    ? []
    : [
        violation(
          'I4',
          order.id,
          `The ${order.status} order keeps ${netCents} cents; it should keep ${expectedCents}.`,
        ),
      ];
}

/** I7: money is kept or goes back. */
function neitherNorBoth({ order, intents }: OrderMoney): readonly Violation[] {
  return intents.flatMap((intent) => {
    const isKept = KEEPS_ITS_MONEY.has(order.status) && intent.paymentIntentId === order.paymentIntentId;
    const isWhollyBack =
      intent.amountReceivedCents > 0 && intent.refundedCents === intent.amountReceivedCents;
    if (isKept && isWhollyBack)
      return [violation('I7', order.id, `The ${order.status} order has its tickets and all its money back.`)];
    if (isKept || intent.amountReceivedCents === 0 || intent.refundedCents > 0) return [];
    return [
      violation(
        'I7',
        order.id,
        `${intent.amountReceivedCents} cents of ${intent.paymentIntentId} are neither kept for the ${order.status} order nor paid back.`,
      ),
    ];
  });
}

/** I4: both sides wrote down the same sums. */
function booksDiffer({ order, intents, payments, refunds }: OrderMoney): readonly Violation[] {
  return payments.flatMap((payment) => {
    const intent = intents.find((candidate) => candidate.paymentIntentId === payment.paymentIntentId);
    const paidBackCents = sumOf(
      refunds.filter(
        (refund) => refund.paymentIntentId === payment.paymentIntentId && refund.status === 'SUCCEEDED',
      ),
      (refund) => refund.amountCents,
    );
    const theirs = `${intent?.amountReceivedCents ?? 0} received and ${intent?.refundedCents ?? 0} paid back`;
    const ours = `${payment.receivedCents} received and ${paidBackCents} paid back`;
    return theirs === ours
      ? []
      : [
          violation(
            'I4',
            order.id,
            `Intent ${payment.paymentIntentId}: we say ${ours}, payment-service says ${theirs}.`,
          ),
        ];
  });
}
