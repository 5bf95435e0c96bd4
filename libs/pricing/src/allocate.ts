import { AppError, assertCents } from '@app/kernel';

interface Part {
  readonly index: number;
  readonly wholeCents: bigint;
  readonly remainder: bigint;
}

/**
 * Splits `amountCents` over `weights` so that the parts add up to it exactly; spare cents go to the
 * largest remainders, first come first. No part exceeds its weight while the amount does not exceed the
 * sum of the weights, and a weight of 0 gets nothing. An amount of 0 gives zeros, whatever the weights.
 * @param amountCents whole minor units, 0 … 2^53 − 1   @param weights whole, non-negative
 * @throws MONEY_INVALID when there is an amount but no weight to carry it (a bug, never the caller's fault)
 */
export function allocateByLargestRemainder(amountCents: number, weights: readonly number[]): number[] {
  const amount = BigInt(assertCents(amountCents));
  const exactWeights = weights.map((weight) => BigInt(assertCents(weight)));
  if (amount === 0n) return weights.map(() => 0);
  const weightSum = exactWeights.reduce((sum, weight) => sum + weight, 0n);
  if (weightSum === 0n) {
    throw new AppError('MONEY_INVALID', { reason: `nothing can carry an amount of ${amountCents}` });
  }
  const parts = exactWeights.map((weight, index): Part => {
    const share = amount * weight;
    return { index, wholeCents: share / weightSum, remainder: share % weightSum };
  });
  const spare = amount - parts.reduce((sum, part) => sum + part.wholeCents, 0n);
  const lucky = new Set(
    parts
      .toSorted(byLargestRemainder)
      .slice(0, Number(spare))
      .map((part) => part.index),
  );
  return parts.map((part) => Number(part.wholeCents) + (lucky.has(part.index) ? 1 : 0));
}

/** Array sorting is stable, so equal remainders keep their order. */
function byLargestRemainder(a: Part, b: Part): number {
  return Number(b.remainder - a.remainder);
}
