import { violation, type Books, type LedgerEntry, type OrderRow, type Violation } from './books.js';
import { byOrder, groupedBy, sumOf } from './grouping.js';

/** Tickets by type. */
type Count = Map<string, number>;

interface Seats {
  readonly held: Count;
  readonly sold: Count;
}

/** I5, I6: who holds and who has bought what, replayed from ticket-service's own entries. */
export function checkSeats(books: Books): readonly Violation[] {
  const entriesOf = byOrder(books.siblings.entries);
  const early = books.orders.orders.flatMap((order) => releasedTooEarly(order, entriesOf(order.id)));
  return [
    ...oversold(books),
    ...early,
    ...(books.isAtRest ? [...differentCounts(books), ...wrongSeats(books, entriesOf)] : []),
  ];
}

/** I5 */
function oversold(books: Books): readonly Violation[] {
  return books.siblings.stock
    .filter((row) => row.oversold > 0 || row.held + row.sold > row.capacity || row.held < 0 || row.sold < 0)
    .map((row) =>
      violation(
        'I5',
        null,
        `Ticket type ${row.ticketTypeId} has ${row.capacity} places: ${row.held} held, ${row.sold} sold, ${row.oversold} too many at the worst moment.`,
      ),
    );
}

/** I5 at rest: sold = tickets of our paid orders, held = tickets of our reservations. */
function differentCounts(books: Books): readonly Violation[] {
  const { orders, items, tickets } = books.orders;
  const statusOf = new Map(orders.map((order) => [order.id, order.status]));
  const ours = groupedBy(
    items.filter((item) => !books.forgotten.has(item.orderId)),
    (item) => item.ticketTypeId,
  );
  const issued = groupedBy(
    tickets.filter((ticket) => ticket.status === 'ISSUED' && !books.forgotten.has(ticket.orderId)),
    (ticket) => ticket.ticketTypeId,
  );
  return books.siblings.stock.flatMap((row) => {
    const lines = ours.get(row.ticketTypeId);
    if (lines === undefined) return [];
    const held = sumOf(
      lines.filter((line) => statusOf.get(line.orderId) === 'RESERVED'),
      (line) => line.quantity,
    );
    const sold = issued.get(row.ticketTypeId)?.length ?? 0;
    return held === row.held && sold === row.sold
      ? []
      : [
          violation(
            'I5',
            null,
            `Of ticket type ${row.ticketTypeId} we count ${held} held and ${sold} sold, ticket-service ${row.held} and ${row.sold}.`,
          ),
        ];
  });
}

/** I6 at rest: no hold without a live order, no paid order without its tickets. */
function wrongSeats(
  books: Books,
  entriesOf: (orderId: string) => readonly LedgerEntry[],
): readonly Violation[] {
  const itemsOf = byOrder(books.orders.items);
  return books.orders.orders.flatMap((order) => {
    if (books.forgotten.has(order.id)) return [];
    const { held, sold } = seatsOf(entriesOf(order.id));
    const wanted = itemsOf(order.id);
    const heldCount = total(held);
    const soldCount = total(sold);
    const dueCount = sumOf(wanted, (item) => item.quantity - item.refundedQuantity);
    const isPaid = order.status === 'CONFIRMED' || order.status === 'COMPLETED';
    if (heldCount > 0 && order.status !== 'RESERVED')
      return [violation('I6', order.id, `The ${order.status} order still holds ${heldCount} seats.`)];
    if (order.status === 'RESERVED' && heldCount !== dueCount)
      return [violation('I6', order.id, `The RESERVED order holds ${heldCount} of ${dueCount} seats.`)];
    if (isPaid && soldCount !== dueCount)
      return [violation('I6', order.id, `The paid order has ${soldCount} of ${dueCount} tickets.`)];
    if (!isPaid && soldCount > 0)
      return [violation('I6', order.id, `The ${order.status} order still has ${soldCount} tickets.`)];
    return [];
  });
}

/** I6: seats go back only when the payment of their generation cannot succeed any more, or has come in before. */
function releasedTooEarly(order: OrderRow, entries: readonly LedgerEntry[]): readonly Violation[] {
  if (order.fenceGaveUp) return [];
  const releases = entries.filter(
    (entry) =>
      entry.operation === 'release' && entry.outcome === 'executed' && (entry.items ?? []).length > 0,
  );
  return releases.flatMap((release) => {
    const charge = entries.find(
      (entry) =>
        entry.operation === 'confirm-intent' &&
        entry.outcome === 'executed' &&
        entry.generation === release.generation &&
        entry.seq > release.seq,
    );
    return charge === undefined
      ? []
      : [
          violation(
            'I6',
            order.id,
            `Its seats were released (entry ${release.seq}) before its payment was dead: it was charged later (entry ${charge.seq}).`,
          ),
        ];
  });
}

/** What an order holds and has bought after all its entries. */
function seatsOf(entries: readonly LedgerEntry[]): Seats {
  const held: Count = new Map();
  const sold: Count = new Map();
  for (const entry of entries) {
    if (entry.service !== 'ticket-service' || entry.outcome !== 'executed') continue;
    const lines = entry.items ?? [];
    if (entry.operation === 'reserve') {
      held.clear();
      for (const line of lines) add(held, line.ticketTypeId, line.quantity);
    } else if (entry.operation === 'confirm') {
      held.clear();
      for (const line of lines) add(sold, line.ticketTypeId, line.quantity);
    } else if (entry.operation === 'release') {
      for (const line of lines) {
        const fromHeld = Math.min(line.quantity, held.get(line.ticketTypeId) ?? 0);
        add(held, line.ticketTypeId, -fromHeld);
        add(sold, line.ticketTypeId, fromHeld - line.quantity);
      }
    }
  }
  return { held, sold };
}

function add(count: Count, ticketTypeId: string, quantity: number): void {
  count.set(ticketTypeId, (count.get(ticketTypeId) ?? 0) + quantity);
}

function total(count: Count): number {
  return sumOf([...count.values()], (quantity) => quantity);
}
