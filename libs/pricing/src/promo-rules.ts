import { AppError, assertCents, formatMoney, shareCents } from '@app/kernel';

interface PromoTerms {
  readonly id: string;
  /** As it was entered; compare with `promoCodeKey`. */
  readonly code: string;
  readonly startsAt: Date | null;
  /** The first instant at which the code no longer applies. */
  readonly endsAt: Date | null;
  readonly minimumSubtotalCents: number;
  /** null: any event of the tenant. */
  readonly eventId: string | null;
  /** null: without limit. */
  readonly maxRedemptions: number | null;
  readonly maxRedemptionsPerBuyer: number | null;
  /** When an admin ended the code. */
  readonly endedAt: Date | null;
}

export interface PercentagePromoCode extends PromoTerms {
  readonly kind: 'percentage';
  readonly percentBps: number;
  /** The currency of the minimum; null: orders in any currency. */
  readonly currency: string | null;
}

export interface FixedPromoCode extends PromoTerms {
  readonly kind: 'fixed';
  readonly amountCents: number;
  readonly currency: string;
}

export type PromoCode = PercentagePromoCode | FixedPromoCode;

export interface PromoOrder {
  readonly subtotalCents: number;
  readonly currency: string;
  readonly eventId: string;
  readonly at: Date;
  /** Redemptions that count: given back ones (EXPIRED, CANCELLED orders) are not among them. */
  readonly buyerRedemptions: number;
  readonly redemptions: number;
}

/** The form in which codes are compared and kept unique: without surrounding blanks, in upper case. */
export function promoCodeKey(code: string): string {
  return code.trim().toUpperCase();
}

/**
 * What a promo code takes off this order, in the order's minor units: never more than the subtotal, a
 * percentage rounded half-up once. Two buyers may pass the limits here at the same instant; the redeeming
 * statement of the database decides between them.
 * @throws PROMO_INVALID with the reason when the code does not fit the order
 * @throws PROMO_EXHAUSTED when the code, or this buyer's share of it, is used up
 */
export function evaluatePromo(promo: PromoCode, order: PromoOrder): number {
  const reason = reasonAgainst(promo, order);
  if (reason !== null) throw new AppError('PROMO_INVALID', { reason });
  if (
    isUsedUp(promo.maxRedemptionsPerBuyer, order.buyerRedemptions) ||
    isUsedUp(promo.maxRedemptions, order.redemptions)
  ) {
    throw new AppError('PROMO_EXHAUSTED');
  }
  const discountCents =
    promo.kind === 'percentage'
      ? shareCents(order.subtotalCents, promo.percentBps)
      : assertCents(promo.amountCents);
  return Math.min(discountCents, order.subtotalCents);
}

function reasonAgainst(promo: PromoCode, order: PromoOrder): string | null {
  if (promo.endedAt !== null && promo.endedAt <= order.at) return 'it has been ended';
  if (promo.startsAt !== null && order.at < promo.startsAt) {
    return `it is valid from ${promo.startsAt.toISOString()} on`;
  }
  if (promo.endsAt !== null && promo.endsAt <= order.at) {
    return `it was valid until ${promo.endsAt.toISOString()}`;
  }
  if (promo.eventId !== null && promo.eventId !== order.eventId) return 'it is for another event';
  if (promo.currency !== null && promo.currency !== order.currency) {
    return `it is for orders in ${promo.currency}`;
  }
  if (order.subtotalCents < promo.minimumSubtotalCents) {
    return `it needs a subtotal of at least ${formatMoney(promo.minimumSubtotalCents, order.currency)}`;
  }
  return null;
}

function isUsedUp(max: number | null, used: number): boolean {
  return max !== null && used >= max;
}
