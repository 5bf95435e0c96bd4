import fc from 'fast-check';
import { evaluatePromo, promoCodeKey, type PromoCode } from './promo-rules.js';
import { aFixedPromo, aPercentagePromo, aPromoOrder, NOON, refusalOf } from './testing/builders.js';

const BEFORE = new Date('2026-05-01T11:59:59.999Z');
const AFTER = new Date('2026-05-01T12:00:00.001Z');

describe('what a promo code takes off', () => {
  it.each<readonly [string, PromoCode, number, number]>([
    ['10 % of $100.00', aPercentagePromo(), 10_000, 1_000],
    ['10 % of 5 cents, half a cent, rounded up', aPercentagePromo(), 5, 1],
    ['10 % of 4 cents, rounded down', aPercentagePromo(), 4, 0],
    ['12.5 % of $99.99, rounded once', aPercentagePromo({ percentBps: 1_250 }), 9_999, 1_250],
    ['100 %', aPercentagePromo({ percentBps: 10_000 }), 9_999, 9_999],
    ['never more than the subtotal', aPercentagePromo({ percentBps: 15_000 }), 9_999, 9_999],
    ['a fixed $15.00', aFixedPromo(), 10_000, 1_500],
    ['a fixed amount up to the subtotal', aFixedPromo(), 1_500, 1_500],
    ['the subtotal when the fixed amount exceeds it', aFixedPromo(), 1_499, 1_499],
    ['nothing from a free order', aFixedPromo(), 0, 0],
  ])('is %s', (_name, promo, subtotalCents, discountCents) => {
    expect(evaluatePromo(promo, aPromoOrder({ subtotalCents }))).toBe(discountCents);
  });

  it('is in the minor unit of the currency: 10 % of ¥3333 is ¥333, of 3.335 KWD 0.334 KWD', () => {
    const promo = aPercentagePromo();
    expect(evaluatePromo(promo, aPromoOrder({ subtotalCents: 3_333, currency: 'JPY' }))).toBe(333);
    expect(evaluatePromo(promo, aPromoOrder({ subtotalCents: 3_335, currency: 'KWD' }))).toBe(334);
  });

  it('is never negative', () => {
    const promo = aFixedPromo({ amountCents: -5 });
    expect(refusalOf(() => evaluatePromo(promo, aPromoOrder())).code).toBe('MONEY_INVALID');
  });

  it('is between nothing and the subtotal for any code and order', () => {
    const anyPromo = fc.oneof(
      fc.integer({ min: 0, max: 10_000 }).map((percentBps) => aPercentagePromo({ percentBps })),
      fc.maxSafeNat().map((amountCents) => aFixedPromo({ amountCents })),
    );
    fc.assert(
      fc.property(anyPromo, fc.maxSafeNat(), (promo, subtotalCents) => {
        const discountCents = evaluatePromo(promo, aPromoOrder({ subtotalCents }));
        expect(Number.isSafeInteger(discountCents)).toBe(true);
        expect(discountCents).toBeGreaterThanOrEqual(0);
        expect(discountCents).toBeLessThanOrEqual(subtotalCents);
      }),
    );
  });
});

describe('a promo code that does not fit the order', () => {
  it.each<readonly [string, PromoCode, string]>([
    ['has been ended', aPercentagePromo({ endedAt: NOON }), 'it has been ended'],
    ['has not begun', aPercentagePromo({ startsAt: AFTER }), 'it is valid from 2026-05-01T12:00:00.001Z on'],
    ['is over', aPercentagePromo({ endsAt: NOON }), 'it was valid until 2026-05-01T12:00:00.000Z'],
    ['is for another event', aPercentagePromo({ eventId: 'event-2' }), 'it is for another event'],
    ['is for another currency', aFixedPromo({ currency: 'EUR' }), 'it is for orders in EUR'],
    ['has its minimum in another currency', aPercentagePromo({ currency: 'JPY' }), 'it is for orders in JPY'],
    [
      'needs a higher subtotal',
      aFixedPromo({ minimumSubtotalCents: 10_001 }),
      'it needs a subtotal of at least 100.01 USD',
    ],
  ])('because it %s is refused with that reason', (_name, promo, reason) => {
    const refusal = refusalOf(() => evaluatePromo(promo, aPromoOrder()));
    expect(refusal.code).toBe('PROMO_INVALID');
    expect(refusal.params).toEqual({ reason });
  });

  it('is refused as such even when it is used up as well', () => {
    const promo = aPercentagePromo({ endedAt: NOON, maxRedemptions: 0 });
    expect(refusalOf(() => evaluatePromo(promo, aPromoOrder())).code).toBe('PROMO_INVALID');
  });
});

describe('a promo code at the edge of its terms', () => {
  it.each<readonly [string, PromoCode]>([
    ['in its first instant', aPercentagePromo({ startsAt: NOON })],
    ['in its last millisecond', aPercentagePromo({ endsAt: AFTER })],
    ['until it is ended', aPercentagePromo({ endedAt: AFTER })],
    ['after it began', aPercentagePromo({ startsAt: BEFORE })],
    ['for its own event', aPercentagePromo({ eventId: 'event-1' })],
    ['for exactly the minimum', aPercentagePromo({ minimumSubtotalCents: 10_000 })],
    ['in its own currency', aPercentagePromo({ currency: 'USD' })],
  ])('applies %s', (_name, promo) => {
    expect(evaluatePromo(promo, aPromoOrder())).toBe(1_000);
  });
});

describe('the limits of a promo code', () => {
  it.each<readonly [string, Parameters<typeof aFixedPromo>[0], number, number]>([
    ['all redemptions are used', { maxRedemptions: 5 }, 0, 5],
    ['more than all are used', { maxRedemptions: 5 }, 0, 6],
    ['no redemption was ever allowed', { maxRedemptions: 0 }, 0, 0],
    ['this buyer has used all of theirs', { maxRedemptionsPerBuyer: 1 }, 1, 1],
  ])('refuse it when %s', (_name, limits, buyerRedemptions, redemptions) => {
    const promo = aFixedPromo(limits);
    const refusal = refusalOf(() => evaluatePromo(promo, aPromoOrder({ buyerRedemptions, redemptions })));
    expect(refusal.code).toBe('PROMO_EXHAUSTED');
  });

  it('leave the last redemption to be used', () => {
    const promo = aFixedPromo({ maxRedemptions: 5, maxRedemptionsPerBuyer: 2 });
    expect(evaluatePromo(promo, aPromoOrder({ buyerRedemptions: 1, redemptions: 4 }))).toBe(1_500);
  });

  it('do not exist unless they are set', () => {
    expect(evaluatePromo(aFixedPromo(), aPromoOrder({ buyerRedemptions: 99, redemptions: 9_999 }))).toBe(
      1_500,
    );
  });
});

describe('comparing codes', () => {
  it('ignores case and surrounding blanks', () => {
    expect(promoCodeKey('  Spring-26\t')).toBe('SPRING-26');
    expect(promoCodeKey(' spring ')).toBe(promoCodeKey('SPRING'));
    expect(promoCodeKey('SPRING')).toBe(promoCodeKey('spring\n'));
  });

  it('tells different codes apart', () => {
    expect(promoCodeKey('SPRING')).not.toBe(promoCodeKey('SPRING1'));
    expect(promoCodeKey('SPR ING')).not.toBe(promoCodeKey('SPRING'));
  });
});
