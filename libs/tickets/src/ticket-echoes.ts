import { ECHO_FITS, isSameId, type CallContext, type EchoVerdict } from '@app/platform';
import type { BatchReservation, PricesRequest, Reservation, TicketLine, TicketTypePrice } from './wire.js';

/** Whether an answer of ticket-service speaks of what was asked. */

interface OrderEcho {
  readonly orderId: string;
  readonly generation?: number | undefined;
}

function mismatch(what: string): { readonly kind: 'mismatch'; readonly what: string } {
  return { kind: 'mismatch', what };
}

export function orderEcho(asked: OrderEcho, answer: OrderEcho): EchoVerdict<never> {
  if (!isSameId(answer.orderId, asked.orderId)) return mismatch('another order');
  if (answer.generation !== undefined && answer.generation !== asked.generation)
    return mismatch('another generation of the order');
  return ECHO_FITS;
}

export function holdEcho(
  asked: OrderEcho & { readonly items: readonly TicketLine[] },
  answer: OrderEcho & { readonly items: readonly TicketLine[] },
): EchoVerdict<never> {
  const order = orderEcho(asked, answer);
  if (order.kind !== 'fits') return order;
  return linesText(asked.items) === linesText(answer.items) ? ECHO_FITS : mismatch('a hold of other tickets');
}

function linesText(lines: readonly TicketLine[]): string {
  return lines
    .map((line) => `${line.ticketTypeId.toLowerCase()}=${String(line.quantity)}`)
    .sort()
    .join();
}

export function batchEcho(
  asked: readonly OrderEcho[],
  results: readonly BatchReservation[],
): EchoVerdict<never> {
  const askedIds = asked.map((reservation) => reservation.orderId.toLowerCase());
  const answeredIds = results.map((result) => result.orderId.toLowerCase());
  if (askedIds.toSorted().join() !== answeredIds.toSorted().join())
    return mismatch('other orders than were asked for');
  const generations = new Map(
    asked.map((reservation) => [reservation.orderId.toLowerCase(), reservation.generation]),
  );
  const isOtherGeneration = results.some(
    (result) =>
      result.generation !== undefined && result.generation !== generations.get(result.orderId.toLowerCase()),
  );
  return isOtherGeneration ? mismatch('another generation of an order') : ECHO_FITS;
}

/** A ticket type of another event counts as not found; a missing, doubled or differently paid one proves nothing. */
export function pricesEcho(
  asked: PricesRequest,
  prices: readonly TicketTypePrice[],
): EchoVerdict<'TICKET_TYPE_NOT_FOUND'> {
  const byId = new Map(prices.map((price) => [price.ticketTypeId.toLowerCase(), price]));
  if (byId.size !== prices.length) return mismatch('two prices of one ticket type');
  const found = asked.ticketTypeIds.map((id) => byId.get(id.toLowerCase()));
  if (found.includes(undefined)) return mismatch('no price for a ticket type that was asked for');
  const foreignIds = asked.ticketTypeIds.filter((id) => {
    const price = byId.get(id.toLowerCase());
    return price !== undefined && !isSameId(price.eventId, asked.eventId);
  });
  if (foreignIds.length > 0) {
    return {
      kind: 'refused',
      status: 404,
      code: 'TICKET_TYPE_NOT_FOUND',
      body: { ticketTypeIds: foreignIds },
    };
  }
  return new Set(found.map((price) => price?.currency)).size > 1
    ? mismatch('several currencies for one event')
    : ECHO_FITS;
}

export function availabilityEcho(
  askedIds: readonly string[],
  answeredIds: readonly string[],
): EchoVerdict<never> {
  const answered = new Set(answeredIds.map((id) => id.toLowerCase()));
  if (answered.size !== answeredIds.length) return mismatch('two counts of one ticket type');
  return askedIds.every((id) => answered.has(id.toLowerCase()))
    ? ECHO_FITS
    : mismatch('no count for a ticket type that was asked for');
}

/** A reservation of another tenant counts as not found. */
export function reservationEcho(
  orderId: string,
  reservation: Reservation,
  context: CallContext,
): EchoVerdict<'RESERVATION_NOT_FOUND'> {
  if (!isSameId(reservation.orderId, orderId)) return mismatch('another order');
  if (context.tenantId !== null && !isSameId(reservation.tenantId, context.tenantId)) {
    return { kind: 'refused', status: 404, code: 'RESERVATION_NOT_FOUND', body: null };
  }
  return ECHO_FITS;
}
