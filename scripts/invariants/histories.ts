import { violation, type Books, type HistoryRow, type OrderRow, type Violation } from './books.js';
import { byOrder, groupedBy } from './grouping.js';

/** Written down a second time on purpose: a checker that shares the table it checks shares its mistakes. */
const TRANSITIONS: ReadonlySet<string> = new Set([
  'PENDING → RESERVED',
  'PENDING → CANCELLED',
  'PENDING → EXPIRED',
  'RESERVED → CONFIRMED',
  'RESERVED → CANCELLED',
  'RESERVED → EXPIRED',
  'CONFIRMED → COMPLETED',
  'CONFIRMED → CANCELLED',
  'CONFIRMED → REFUNDED',
  'COMPLETED → REFUNDED',
  'EXPIRED → CONFIRMED',
]);

/** I8, I11: the history of an order is a path without gaps, and its events left in that order. */
export function checkHistories(books: Books): readonly Violation[] {
  const historyOf = byOrder(books.orders.history);
  const outboxOf = byOrder(books.orders.outbox);
  return [
    ...books.orders.orders.flatMap((order) => [
      ...brokenPath(order, historyOf(order.id)),
      ...gaps(order, 'history', historyOf(order.id), order.auditSequence),
      ...gaps(order, 'events', outboxOf(order.id), order.eventSequence),
    ]),
    ...outOfPlace(books),
    ...lostDeliveries(books),
  ];
}

function brokenPath(order: OrderRow, history: readonly HistoryRow[]): readonly Violation[] {
  const steps = history
    .toSorted((left, right) => left.sequence - right.sequence)
    .filter((entry) => entry.fromStatus !== entry.toStatus);
  const wrong = steps.find((step, index) => {
    const before = steps[index - 1];
    if (before === undefined) return step.fromStatus !== null || step.toStatus !== 'PENDING';
    return (
      step.fromStatus !== before.toStatus ||
      !TRANSITIONS.has(`${step.fromStatus ?? ''} → ${step.toStatus ?? ''}`)
    );
  });
  if (wrong !== undefined)
    return [
      violation(
        'I8',
        order.id,
        `Entry ${wrong.sequence} goes from ${wrong.fromStatus ?? 'nothing'} to ${wrong.toStatus ?? 'nothing'}.`,
      ),
    ];
  const last = steps.at(-1)?.toStatus ?? 'nothing';
  if (last !== order.status)
    return [violation('I8', order.id, `The history ends in ${last}, the order is ${order.status}.`)];
  return order.version >= steps.length
    ? []
    : [
        violation(
          'I8',
          order.id,
          `${steps.length} statuses were entered, but the version is ${order.version}.`,
        ),
      ];
}

function gaps(
  order: OrderRow,
  what: 'history' | 'events',
  rows: readonly { readonly sequence: number }[],
  last: number,
): readonly Violation[] {
  const sequences = rows.map((row) => row.sequence).toSorted((left, right) => left - right);
  const isWhole = sequences.length === last && sequences.every((sequence, index) => sequence === index + 1);
  return isWhole
    ? []
    : [violation('I8', order.id, `The ${what} should count 1 to ${last}: ${sequences.join(', ')}.`)];
}

/** I11: the ordered feed keeps the order of each order's events, and forgets none once it has begun. */
function outOfPlace(books: Books): readonly Violation[] {
  const { outbox } = books.orders;
  const isNumbering = outbox.some((row) => row.position !== null);
  return [...groupedBy(outbox, (row) => row.orderId)].flatMap(([orderId, rows]) => {
    const inOrder = rows.toSorted((left, right) => left.sequence - right.sequence);
    const late = inOrder.find(
      (row, index) =>
        row.position !== null &&
        inOrder.slice(0, index).some((earlier) => (earlier.position ?? Infinity) >= (row.position ?? 0)),
    );
    const left = inOrder.find((row) => row.position === null);
    if (late !== undefined)
      return [violation('I11', orderId, `Event ${late.sequence} stands before an earlier one in the feed.`)];
    return books.isAtRest && isNumbering && left !== undefined
      ? [violation('I11', orderId, `Event ${left.sequence} never got its place in the feed.`)]
      : [];
  });
}

/** I11: what a consumer heard, where one listened: every event, first times in order. */
function lostDeliveries(books: Books): readonly Violation[] {
  if (books.deliveries === null || !books.isAtRest) return [];
  const heard = byOrder(books.deliveries);
  const listenedTo = books.orders.orders.filter((order) => !books.unheard.has(order.id));
  return listenedTo.flatMap((order) => {
    const firstTimes = [...new Set(heard(order.id).map((delivery) => delivery.sequence))];
    const isInOrder = firstTimes.every((sequence, index) => sequence === index + 1);
    return isInOrder && firstTimes.length === order.eventSequence
      ? []
      : [
          violation(
            'I11',
            order.id,
            `Of events 1 to ${order.eventSequence} consumers heard ${firstTimes.join(', ') || 'none'}.`,
          ),
        ];
  });
}
