import { CENTS_MAX } from '@app/kernel';
import fc from 'fast-check';
import type { PriceRequest } from '../price-order.js';
import type { PricingPolicy } from '../price-policy.js';

export const anyBps: fc.Arbitrary<number> = fc.integer({ min: 0, max: 10_000 });

export const anyPolicy: fc.Arbitrary<PricingPolicy> = fc.record({
  id: fc.constant(null),
  platformFeeBps: anyBps,
  processingFeeBps: anyBps,
  processingFeeFixedCents: fc.integer({ min: 0, max: 1_000 }),
  taxBps: anyBps,
});

/** Prices people pay, with free tickets and the smallest amounts, where rounding bites, over-represented. */
export const anyPrice: fc.Arbitrary<number> = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 0, max: 100_000 }),
);

/** Any price a JSON number can carry, up to the very last. */
export const anyPriceUpToTheLimit: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeNat(),
  fc.integer({ min: CENTS_MAX - 100, max: CENTS_MAX }),
  fc.bigInt({ min: 0n, max: 53n }).map((exponent) => Math.min(2 ** Number(exponent), CENTS_MAX)),
);

export function anyOrder(prices: fc.Arbitrary<number> = anyPrice): fc.Arbitrary<PriceRequest> {
  return fc.record({
    currency: fc.constantFrom('USD', 'EUR', 'JPY', 'KWD'),
    lines: fc.array(
      fc.record({
        ticketTypeId: fc.uuid(),
        quantity: fc.integer({ min: 1, max: 6 }),
        unitPriceCents: prices,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    policy: anyPolicy,
    discounts: fc.array(fc.record({ code: fc.constantFrom('A', 'B'), amountCents: prices }), {
      maxLength: 2,
    }),
  });
}
