import { AppError } from '@app/kernel';

/** What the sale rules need to know of an event. */
export interface EventOnSale {
  readonly status: 'SCHEDULED' | 'ON_SALE' | 'SOLD_OUT' | 'CANCELLED' | 'POSTPONED' | 'ENDED';
  readonly startsAt: string;
  readonly saleStartsAt: string | null;
  readonly saleEndsAt: string | null;
}

/** Why the event cannot be sold now, to complete "The event is not on sale: …"; null when it can. */
export function whyNotOnSale(event: EventOnSale, now: Date): string | null {
  // SOLD_OUT is the answer for a buyer to hear from ticket-service: seats come back when reservations lapse.
  if (event.status !== 'ON_SALE' && event.status !== 'SOLD_OUT') return `its status is ${event.status}`;
  if (event.saleStartsAt !== null && now < new Date(event.saleStartsAt))
    return `its sale starts at ${event.saleStartsAt}`;
  if (event.saleEndsAt !== null && now >= new Date(event.saleEndsAt))
    return `its sale ended at ${event.saleEndsAt}`;
  if (now >= new Date(event.startsAt)) return `it began at ${event.startsAt}`;
  return null;
}

/** @throws EVENT_NOT_ON_SALE with the reason */
export function assertOnSale(event: EventOnSale, now: Date): void {
  const reason = whyNotOnSale(event, now);
  if (reason !== null) throw new AppError('EVENT_NOT_ON_SALE', { reason });
}

export interface ShownPrices {
  readonly items: readonly { readonly ticketTypeId: string; readonly unitPriceCents?: number | undefined }[];
  readonly expectedTotalCents?: number | undefined;
}

/**
 * Compares what the buyer was shown with what we charge.
 * @throws PRICE_CHANGED with both figures
 */
export function assertPricesAsShown(
  shown: ShownPrices,
  actual: { readonly totalCents: number; readonly unitPriceCents: ReadonlyMap<string, number> },
): void {
  const changed = shown.items.filter(
    (item) =>
      item.unitPriceCents !== undefined &&
      item.unitPriceCents !== actual.unitPriceCents.get(item.ticketTypeId),
  );
  const isTotalChanged =
    shown.expectedTotalCents !== undefined && shown.expectedTotalCents !== actual.totalCents;
  if (changed.length === 0 && !isTotalChanged) return;
  throw new AppError(
    'PRICE_CHANGED',
    {},
    {
      members: {
        expected: {
          ...(shown.expectedTotalCents === undefined ? {} : { totalCents: shown.expectedTotalCents }),
          items: changed.map(({ ticketTypeId, unitPriceCents }) => ({ ticketTypeId, unitPriceCents })),
        },
        actual: {
          totalCents: actual.totalCents,
          items: changed.map(({ ticketTypeId }) => ({
            ticketTypeId,
            unitPriceCents: actual.unitPriceCents.get(ticketTypeId),
          })),
        },
      },
    },
  );
}

/** @throws PURCHASE_LIMIT_EXCEEDED when one order alone asks for more than a buyer may have */
export function assertWithinPurchaseLimit(quantity: number, limit: number | null): void {
  if (limit !== null && quantity > limit) throw purchaseLimitExceeded(limit);
}

export function purchaseLimitExceeded(limit: number): AppError {
  return new AppError('PURCHASE_LIMIT_EXCEEDED', { limit }, { members: { limit } });
}

/** @throws TICKETS_UNAVAILABLE when stock is known and clearly too short; unknown availability stops nobody */
export function assertAvailable(
  items: readonly { readonly ticketTypeId: string; readonly quantity: number }[],
  available: ReadonlyMap<string, number> | null,
): void {
  if (available === null) return;
  const unavailable = items.flatMap((item) => {
    const left = available.get(item.ticketTypeId);
    return left === undefined || left >= item.quantity
      ? []
      : [{ ticketTypeId: item.ticketTypeId, requested: item.quantity, available: left }];
  });
  if (unavailable.length > 0) throw new AppError('TICKETS_UNAVAILABLE', {}, { members: { unavailable } });
}
