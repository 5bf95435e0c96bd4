import { CENTS_MAX, isAppError } from '@app/kernel';
import fc from 'fast-check';
import { priceOrder, type PriceBreakdown, type PriceRequest } from './price-order.js';
import { anyOrder, anyPriceUpToTheLimit } from './testing/arbitraries.js';
import { paidOfUnit } from './unit-allocation.js';

const HALF = 5_000n;

describe('any order', () => {
  it('adds up: total, lines and every component over its units', () => {
    fc.assert(fc.property(anyOrder(), (request) => expectToAddUp(priceOrder(request))));
  });

  it('takes a share for each component that is the exact one rounded half-up', () => {
    fc.assert(
      fc.property(anyOrder(), (request) => {
        const order = priceOrder(request);
        const { policy } = request;
        const base = order.subtotalCents - order.discountCents;
        const fixed = base === 0 ? 0 : policy.processingFeeFixedCents;
        expectHalfUp(order.platformFeeCents, base, policy.platformFeeBps);
        expectHalfUp(order.processingFeeCents - fixed, base, policy.processingFeeBps);
        expectHalfUp(order.taxCents, base + order.platformFeeCents + order.processingFeeCents, policy.taxBps);
      }),
    );
  });

  it('never gives a unit more discount than its price, nor a free unit any fee', () => {
    fc.assert(
      fc.property(anyOrder(), (request) => {
        for (const { allocation, quantity } of priceOrder(request).lines) {
          for (let unit = 0; unit < quantity; unit += 1) {
            const base = (allocation.subtotalCents[unit] ?? 0) - (allocation.discountCents[unit] ?? 0);
            expect(base).toBeGreaterThanOrEqual(0);
            if (base === 0) expect(paidOfUnit(allocation, unit)).toBe(0);
          }
        }
      }),
    );
  });

  it('never becomes cheaper when a ticket becomes dearer, nor dearer when a discount grows', () => {
    fc.assert(
      fc.property(anyOrder(), fc.integer({ min: 0, max: 5_000 }), (request, moreCents) => {
        const { totalCents } = priceOrder(request);
        const dearer = request.lines.map((line, index) =>
          index === 0 ? { ...line, unitPriceCents: line.unitPriceCents + moreCents } : line,
        );
        expect(priceOrder({ ...request, lines: dearer }).totalCents).toBeGreaterThanOrEqual(totalCents);
        const discounts = [...request.discounts, { code: 'MORE', amountCents: moreCents }];
        expect(priceOrder({ ...request, discounts }).totalCents).toBeLessThanOrEqual(totalCents);
      }),
    );
  });

  it('has the same price and the same units each time', () => {
    fc.assert(
      fc.property(anyOrder(), (request) => {
        expect(priceOrder(request)).toEqual(priceOrder(request));
      }),
    );
  });
});

describe('any order up to 2^53 − 1', () => {
  it('is priced exactly or refused as out of range', () => {
    const outcomes = { priced: 0, refused: 0 };
    fc.assert(
      fc.property(anyOrder(anyPriceUpToTheLimit), (request) => {
        const order = priceOrRefuse(request);
        if (order === undefined) {
          outcomes.refused += 1;
        } else {
          outcomes.priced += 1;
          expectToAddUp(order);
        }
      }),
      { numRuns: 400 },
    );
    expect(outcomes.priced).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});

function priceOrRefuse(request: PriceRequest): PriceBreakdown | undefined {
  try {
    return priceOrder(request);
  } catch (error) {
    if (isAppError(error, 'AMOUNT_OUT_OF_RANGE')) return undefined;
    throw error;
  }
}

function expectToAddUp(order: PriceBreakdown): void {
  expect(order.totalCents).toBeLessThanOrEqual(CENTS_MAX);
  expect(BigInt(order.totalCents)).toBe(
    BigInt(order.subtotalCents) -
      BigInt(order.discountCents) +
      BigInt(order.platformFeeCents) +
      BigInt(order.processingFeeCents) +
      BigInt(order.taxCents),
  );
  expect(bigSum(order.lines.map((line) => line.totalPriceCents))).toBe(BigInt(order.subtotalCents));
  expect(bigSum(order.discounts.map((discount) => discount.amountCents))).toBe(BigInt(order.discountCents));
  for (const component of [
    'subtotalCents',
    'discountCents',
    'platformFeeCents',
    'processingFeeCents',
    'taxCents',
  ] as const) {
    const units = order.lines.flatMap((line) => line.allocation[component]);
    expect(units).toHaveLength(order.lines.reduce((sum, line) => sum + line.quantity, 0));
    expect(bigSum(units)).toBe(BigInt(order[component]));
  }
}

/** Half-up means: above the exact share by at most half a cent, below it by less than that. */
function expectHalfUp(shareCents: number, ofCents: number, bps: number): void {
  const error = 10_000n * BigInt(shareCents) - BigInt(ofCents) * BigInt(bps);
  expect(error > -HALF && error <= HALF).toBe(true);
}

function bigSum(amounts: readonly number[]): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
}
