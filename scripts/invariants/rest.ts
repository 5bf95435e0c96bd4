import { violation, type Books, type EffectRow, type Violation } from './books.js';
import { byOrder } from './grouping.js';

/** How long a passing state may last while the service works undisturbed. */
const PASSING_SECONDS_MAX = 60;
/** Longer than any statement the service may run. */
const IDLE_IN_TRANSACTION_SECONDS_MAX = 30;

/** I9, I17, I18: what was begun has ended, by one hand only, and nothing was left open. */
export function checkRest(books: Books): readonly Violation[] {
  return [...overtaken(books), ...stillPassing(books), ...leftOpen(books)];
}

/** I9: a generation was undone or reserved, never both: otherwise a holder that had been fenced off wrote all the same. */
function overtaken(books: Books): readonly Violation[] {
  const effectsOf = byOrder(books.orders.effects);
  return books.orders.payments.flatMap((payment) => {
    const undo = effectsOf(payment.orderId).find((effect) => isUndoOf(effect, payment.generation));
    return undo === undefined
      ? []
      : [
          violation(
            'I9',
            payment.orderId,
            `Generation ${payment.generation} was reserved, and ${undo.key} undid it.`,
          ),
        ];
  });
}

/** A gave-up fence leaves its cancel in the undo queue too; only a release of the seats takes a reserve back. */
function isUndoOf(effect: EffectRow, generation: number): boolean {
  return (
    effect.generation === generation &&
    effect.queue === `undo:${generation}` &&
    effect.kind === 'tickets.release' &&
    ['pending', 'done', 'refused', 'parked'].includes(effect.state)
  );
}

/** I17: at rest nothing passing is left; before that, nothing older than a minute. */
function stillPassing(books: Books): readonly Violation[] {
  const { orders, effects, refunds, runningKeys, operations } = books.orders;
  const isDue = (ageSeconds: number): boolean => books.isAtRest || ageSeconds > PASSING_SECONDS_MAX;
  return [
    ...orders
      .filter((order) => order.op !== null && isDue(order.opAgeSeconds))
      .map((order) => violation('I17', order.id, `It is still ${order.op ?? ''}.`)),
    ...orders
      .filter((order) => order.status === 'CONFIRMED' && isDue(order.statusAgeSeconds))
      .map((order) => violation('I17', order.id, 'It is paid and still waits for its tickets.')),
    ...effects
      .filter(({ state, ageSeconds }) => (state === 'pending' || state === 'armed') && isDue(ageSeconds))
      .map((effect) => violation('I17', effect.orderId, `${effect.key} is still ${effect.state}.`)),
    ...refunds
      .filter((refund) => refund.status === 'PENDING' && isDue(refund.ageSeconds))
      .map((refund) => violation('I17', refund.orderId, `Refund ${refund.id} is still PENDING.`)),
    ...runningKeys
      .filter((key) => isDue(key.ageSeconds))
      .map((key) => violation('I17', key.orderId, `Idempotency key ${key.key} is still in use.`)),
    ...operations
      .filter((operation) => operation.status !== 'PAUSED' && isDue(operation.ageSeconds))
      .map((operation) => violation('I17', null, `Operation ${operation.id} is still ${operation.status}.`)),
  ];
}

/** I18, as far as the database sees it */
function leftOpen(books: Books): readonly Violation[] {
  return books.orders.idleSessions
    .filter((session) => session.idleSeconds > IDLE_IN_TRANSACTION_SECONDS_MAX)
    .map((session) =>
      violation('I18', null, `Session ${session.pid} has sat in a transaction for ${session.idleSeconds} s.`),
    );
}
