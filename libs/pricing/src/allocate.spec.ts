import { CENTS_MAX } from '@app/kernel';
import fc from 'fast-check';
import { allocateByLargestRemainder } from './allocate.js';
import { refusalOf } from './testing/builders.js';

const CASES: readonly (readonly [string, number, readonly number[], readonly number[]])[] = [
  ['an even split', 900, [1, 1, 1], [300, 300, 300]],
  ['one spare cent to the first of equals', 100, [1, 1, 1], [34, 33, 33]],
  ['two spare cents to the first two of equals', 101, [1, 1, 1], [34, 34, 33]],
  ['the spare cent to the largest remainder, though it comes last', 10, [33, 33, 34], [3, 3, 4]],
  ['the spare cent to the largest remainder, though it comes in the middle', 5, [10, 19, 10], [1, 3, 1]],
  ['shares in proportion', 1_000, [4_550, 4_550, 12_900], [207, 207, 586]],
  ['nothing to a weight of 0', 7, [0, 3, 0, 4], [0, 3, 0, 4]],
  ['a cent fewer than there are weights', 2, [5, 5, 5], [1, 1, 0]],
  ['everything to the only weight', 11_686, [1], [11_686]],
  ['zeros for an amount of 0', 0, [3, 2], [0, 0]],
  ['zeros for an amount of 0 though nothing could carry it', 0, [0, 0, 0], [0, 0, 0]],
  ['nothing over no weights', 0, [], []],
  ['the largest amount exactly', CENTS_MAX, [1, 1], [4_503_599_627_370_496, 4_503_599_627_370_495]],
  ['the largest weights exactly', 3, [CENTS_MAX, CENTS_MAX], [2, 1]],
];

describe('splitting an amount over weights', () => {
  it.each(CASES)('gives %s', (_name, amountCents, weights, parts) => {
    expect(allocateByLargestRemainder(amountCents, weights)).toEqual(parts);
  });

  it('refuses an amount that no weight can carry', () => {
    const refusal = refusalOf(() => allocateByLargestRemainder(5, [0, 0]));
    expect(refusal.code).toBe('MONEY_INVALID');
    expect(refusal.params).toEqual({ reason: 'nothing can carry an amount of 5' });
    expect(refusalOf(() => allocateByLargestRemainder(1, [])).code).toBe('MONEY_INVALID');
  });

  it.each([-1, 0.5, Number.NaN, CENTS_MAX + 1])('refuses the amount %p', (amountCents) => {
    expect(refusalOf(() => allocateByLargestRemainder(amountCents, [1])).code).toBe('MONEY_INVALID');
  });

  it.each([-1, 0.5, Number.NaN, CENTS_MAX + 1])('refuses the weight %p even for an amount of 0', (weight) => {
    expect(refusalOf(() => allocateByLargestRemainder(0, [weight])).code).toBe('MONEY_INVALID');
  });
});

const anyWeights = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.maxSafeNat()), {
    minLength: 1,
    maxLength: 30,
  })
  .filter((weights) => weights.some((weight) => weight > 0));

describe('for any amount and weights', () => {
  it('the parts add up to the amount, and each is its exact share rounded down or up', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), anyWeights, (amountCents, weights) => {
        const parts = allocateByLargestRemainder(amountCents, weights);
        expect(parts).toHaveLength(weights.length);
        expect(bigSum(parts)).toBe(BigInt(amountCents));
        const weightSum = bigSum(weights);
        parts.forEach((part, index) => {
          const distance = BigInt(part) * weightSum - BigInt(amountCents) * BigInt(weights[index] ?? 0);
          expect(distance > -weightSum && distance < weightSum).toBe(true);
        });
      }),
    );
  });

  it('no part exceeds its weight while the amount does not exceed the weights', () => {
    const amountWithinWeights = anyWeights
      .filter((weights) => bigSum(weights) <= BigInt(CENTS_MAX))
      .chain((weights) =>
        fc.tuple(fc.constant(weights), fc.integer({ min: 0, max: Number(bigSum(weights)) })),
      );
    fc.assert(
      fc.property(amountWithinWeights, ([weights, amountCents]) => {
        allocateByLargestRemainder(amountCents, weights).forEach((part, index) => {
          expect(part).toBeLessThanOrEqual(weights[index] ?? 0);
        });
      }),
    );
  });

  it('a part of equal weight never gets less for coming earlier', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 40 }), (amountCents, count) => {
        const parts = allocateByLargestRemainder(
          amountCents,
          Array.from({ length: count }, () => 7),
        );
        expect(parts).toEqual(parts.toSorted((a, b) => b - a));
        expect((parts.at(0) ?? 0) - (parts.at(-1) ?? 0)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function bigSum(amounts: readonly number[]): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
}
