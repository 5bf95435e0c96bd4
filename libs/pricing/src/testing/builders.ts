import { isAppError, type AppError } from '@app/kernel';
import type { PriceBreakdown, PriceRequest } from '../price-order.js';
import { priceOrder } from '../price-order.js';
import type { PricingPolicy } from '../price-policy.js';
import type { FixedPromoCode, PercentagePromoCode, PromoOrder } from '../promo-rules.js';
import type { ApplicableRefundRule } from '../refund-policy.js';
import type { RefundableLine } from '../refund-units.js';

export const NOON = new Date('2026-05-01T12:00:00.000Z');

/** The seed's rates for an order in dollars: 5 %, 2.9 % + 30 cents, 8 %. */
export const SEED_POLICY: PricingPolicy = {
  id: null,
  platformFeeBps: 500,
  processingFeeBps: 290,
  processingFeeFixedCents: 30,
  taxBps: 800,
};

export const NO_FEES: PricingPolicy = {
  id: null,
  platformFeeBps: 0,
  processingFeeBps: 0,
  processingFeeFixedCents: 0,
  taxBps: 0,
};

export const FULL_REFUND: ApplicableRefundRule = {
  refundBps: 10_000,
  components: { platformFee: true, processingFee: true, tax: true },
  clause: 'everything',
};

export function aRefundRule(overrides: Partial<ApplicableRefundRule>): ApplicableRefundRule {
  return { ...FULL_REFUND, ...overrides };
}

/** An order in dollars under the seed's rates; each entry of `tickets` is [quantity, unit price]. */
export function price(
  tickets: readonly (readonly [number, number])[],
  overrides: Partial<PriceRequest> = {},
): PriceBreakdown {
  return priceOrder({
    currency: 'USD',
    lines: tickets.map(([quantity, unitPriceCents], index) => ({
      ticketTypeId: `type-${index}`,
      quantity,
      unitPriceCents,
    })),
    policy: SEED_POLICY,
    discounts: [],
    ...overrides,
  });
}

/** The lines of a freshly paid order: item-0, item-1, …; nothing refunded yet. */
export function soldLines(breakdown: PriceBreakdown): RefundableLine[] {
  return breakdown.lines.map((line, index) => ({
    itemId: `item-${index}`,
    ticketTypeId: line.ticketTypeId,
    quantity: line.quantity,
    allocation: line.allocation,
    refundedUnits: [],
    pendingUnits: [],
    goodwillCents: Array.from({ length: line.quantity }, () => 0),
  }));
}

/** The only line of an order of one ticket type. */
export function soldLine(
  quantity: number,
  unitPriceCents: number,
  overrides: Partial<RefundableLine> = {},
): RefundableLine {
  const [line] = soldLines(price([[quantity, unitPriceCents]]));
  if (line === undefined) throw new Error('an order of one ticket type has one line');
  return { ...line, ...overrides };
}

export function aPercentagePromo(overrides: Partial<PercentagePromoCode> = {}): PercentagePromoCode {
  return { ...promoTerms, kind: 'percentage', percentBps: 1_000, currency: null, ...overrides };
}

export function aFixedPromo(overrides: Partial<FixedPromoCode> = {}): FixedPromoCode {
  return { ...promoTerms, kind: 'fixed', amountCents: 1_500, currency: 'USD', ...overrides };
}

const promoTerms = {
  id: 'promo-1',
  code: 'SPRING',
  startsAt: null,
  endsAt: null,
  minimumSubtotalCents: 0,
  eventId: null,
  maxRedemptions: null,
  maxRedemptionsPerBuyer: null,
  endedAt: null,
} as const;

export function aPromoOrder(overrides: Partial<PromoOrder> = {}): PromoOrder {
  return {
    subtotalCents: 10_000,
    currency: 'USD',
    eventId: 'event-1',
    at: NOON,
    buyerRedemptions: 0,
    redemptions: 0,
    ...overrides,
  };
}

/** The error a call throws. */
export function refusalOf(call: () => unknown): AppError {
  try {
    call();
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error('the call did not throw');
}
