import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, MINUTE_MS, type Clock } from '@app/kernel';
import type { Caller, UserPrincipal } from '@app/platform';
import { Offers } from './offers.js';
import type { OrderRequest } from './order-request.js';

const QUOTE_VALID_MS = 5 * MINUTE_MS;

export interface QuoteBody {
  readonly eventId: string;
  readonly currency: string;
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly platformFeeCents: number;
  readonly processingFeeCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
  readonly items: readonly {
    readonly ticketTypeId: string;
    readonly name: string;
    readonly quantity: number;
    readonly unitPriceCents: number;
    readonly totalPriceCents: number;
  }[];
  readonly discounts: readonly { readonly code: string; readonly amountCents: number }[];
  /** Until then we expect the price to stand; create compares it again. */
  readonly validUntil: string;
}

/** POST /orders/quote: prices an order exactly as create would, and writes nothing. */
@Injectable()
export class QuoteOrder {
  constructor(
    private readonly offers: Offers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(caller: Caller<UserPrincipal>, request: OrderRequest): Promise<QuoteBody> {
    const { event, price, prices } = await this.offers.make(caller, request);
    const ends = [event.saleEndsAt, event.startsAt].flatMap((instant) =>
      instant === null ? [] : [new Date(instant).getTime()],
    );
    return {
      eventId: event.id,
      currency: price.currency,
      subtotalCents: price.subtotalCents,
      discountCents: price.discountCents,
      platformFeeCents: price.platformFeeCents,
      processingFeeCents: price.processingFeeCents,
      taxCents: price.taxCents,
      totalCents: price.totalCents,
      items: price.lines.map(({ ticketTypeId, quantity, unitPriceCents, totalPriceCents }) => ({
        ticketTypeId,
        name: prices.get(ticketTypeId)?.name ?? '',
        quantity,
        unitPriceCents,
        totalPriceCents,
      })),
      discounts: price.discounts.map(({ code, amountCents }) => ({ code, amountCents })),
      validUntil: new Date(Math.min(this.clock.now().getTime() + QUOTE_VALID_MS, ...ends)).toISOString(),
    };
  }
}
