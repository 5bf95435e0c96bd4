import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, sumCents, multiplyCents, type Clock } from '@app/kernel';
import { CONFIG, Database, type Caller, type Config, type UserPrincipal } from '@app/platform';
import {
  PromoCodesStore,
  TenantPoliciesCache,
  evaluatePromo,
  priceOrder,
  resolvePricingPolicy,
  resolveRefundPolicy,
  type PriceBreakdown,
  type RefundPolicy,
  type TenantPolicies,
} from '@app/pricing';
import { TicketCatalog, type EventDetails, type TicketTypePrice } from '@app/tickets';
import {
  assertAvailable,
  assertOnSale,
  assertPricesAsShown,
  assertWithinPurchaseLimit,
} from '../domain/sale-rules.js';
import type { OrderRequest } from './order-request.js';

/** What an order would cost now, and by which rules: priced by the server, from the siblings' and our own tables. */
export interface Offer {
  readonly event: EventDetails;
  readonly prices: ReadonlyMap<string, TicketTypePrice>;
  readonly price: PriceBreakdown;
  readonly pricingPolicyIds: readonly string[];
  readonly refundPolicy: RefundPolicy;
  readonly policies: TenantPolicies;
  readonly promoCodeId: string | null;
}

type UserCaller = Caller<UserPrincipal>;

/** Makes offers for create and quote. */
@Injectable()
export class Offers {
  constructor(
    private readonly catalog: TicketCatalog,
    private readonly policies: TenantPoliciesCache,
    private readonly promoCodes: PromoCodesStore,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Prices a request and checks everything that can refuse it before anything is written.
   * @throws EVENT_NOT_FOUND, TICKET_TYPE_NOT_FOUND, EVENT_NOT_ON_SALE, CURRENCY_MISMATCH, PURCHASE_LIMIT_EXCEEDED,
   *   TICKETS_UNAVAILABLE, PROMO_INVALID, PROMO_EXHAUSTED, PRICE_CHANGED, AMOUNT_OUT_OF_RANGE, UPSTREAM_UNAVAILABLE
   */
  async make(caller: UserCaller, request: OrderRequest): Promise<Offer> {
    const { tenantId } = caller.principal;
    const ticketTypeIds = request.items.map((item) => item.ticketTypeId);
    const context = {
      tenantId,
      requestId: caller.requestId,
      deadlineAtMs: caller.deadlineAtMs,
      ...traceOf(caller),
    };
    const [event, prices, availability, policies] = await Promise.all([
      this.catalog.event(request.eventId, context),
      this.catalog.prices(request.eventId, ticketTypeIds, context),
      this.catalog.availability(ticketTypeIds, context),
      this.policies.ofTenant(tenantId),
    ]);
    assertOnSale(event, this.clock.now());
    assertCurrency(request.currency, event, prices);
    assertWithinPurchaseLimit(
      request.items.reduce((sum, item) => sum + item.quantity, 0),
      event.purchaseLimitPerBuyer,
    );
    const offer = await this.price(caller, request, event, prices, policies);
    assertPricesAsShown(request, {
      totalCents: offer.price.totalCents,
      unitPriceCents: new Map(
        [...prices].map(([ticketTypeId, price]) => [ticketTypeId, price.unitPriceCents]),
      ),
    });
    assertAvailable(request.items, availability);
    return offer;
  }

  private async price(
    caller: UserCaller,
    request: OrderRequest,
    event: EventDetails,
    prices: ReadonlyMap<string, TicketTypePrice>,
    policies: TenantPolicies,
  ): Promise<Offer> {
    const at = this.clock.now();
    const lines = request.items.map(({ ticketTypeId, quantity }) => ({
      ticketTypeId,
      quantity,
      unitPriceCents: unitPriceOf(prices, ticketTypeId),
    }));
    const subtotalCents = sumCents(lines.map((line) => multiplyCents(line.unitPriceCents, line.quantity)));
    const discount = await this.discountFor(caller, request, { subtotalCents, currency: event.currency, at });
    const resolved = resolvePricingPolicy({
      rows: policies.pricing,
      defaults: {
        platformFeeBps: this.config.PLATFORM_FEE_BPS,
        processingFeeBps: this.config.PROCESSING_FEE_BPS,
        processingFeeFixed: this.config.PROCESSING_FEE_FIXED,
        taxBps: this.config.DEFAULT_TAX_BPS,
      },
      venue: event.venue,
      currency: event.currency,
      at,
    });
    return {
      event,
      prices,
      price: priceOrder({
        currency: event.currency,
        lines,
        policy: resolved.policy,
        discounts: discount === null ? [] : [discount],
      }),
      pricingPolicyIds: resolved.policyIds,
      refundPolicy: resolveRefundPolicy({ rows: policies.refunds, eventId: event.id, purchasedAt: at }),
      policies,
      promoCodeId: discount?.promoCodeId ?? null,
    };
  }

  private async discountFor(
    caller: UserCaller,
    request: OrderRequest,
    order: { readonly subtotalCents: number; readonly currency: string; readonly at: Date },
  ): Promise<{ readonly code: string; readonly amountCents: number; readonly promoCodeId: string } | null> {
    const { promoCode } = request;
    if (promoCode === undefined) return null;
    const { tenantId, userId } = caller.principal;
    const use = await this.database.transaction({ tenantId }, (tx) =>
      this.promoCodes.find(tx, promoCode, userId),
    );
    if (use === null) throw new AppError('PROMO_INVALID', { reason: 'there is no such code' });
    const amountCents = evaluatePromo(use.promo, {
      ...order,
      eventId: request.eventId,
      buyerRedemptions: use.buyerRedemptions,
      redemptions: use.redemptions,
    });
    return { code: use.promo.code, amountCents, promoCodeId: use.promo.id };
  }
}

function traceOf(caller: UserCaller): { traceparent?: string } {
  return caller.traceparent === undefined ? {} : { traceparent: caller.traceparent };
}

function assertCurrency(
  asked: string | undefined,
  event: EventDetails,
  prices: ReadonlyMap<string, TicketTypePrice>,
): void {
  if (asked !== undefined && asked !== event.currency)
    throw new AppError('CURRENCY_MISMATCH', { currency: event.currency });
  for (const price of prices.values()) {
    if (price.currency === event.currency) continue;
    // Two siblings contradict each other: nobody can say what this order costs.
    throw new AppError(
      'UPSTREAM_UNAVAILABLE',
      { upstream: 'ticket-service' },
      { members: { upstream: 'ticket-service' } },
    );
  }
}

function unitPriceOf(prices: ReadonlyMap<string, TicketTypePrice>, ticketTypeId: string): number {
  const price = prices.get(ticketTypeId);
  if (price === undefined)
    throw new AppError('TICKET_TYPE_NOT_FOUND', {}, { members: { ticketTypeIds: [ticketTypeId] } });
  return price.unitPriceCents;
}
