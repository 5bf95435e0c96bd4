import { AppError, assertCents, sumCents } from '@app/kernel';

/**
 * What each single ticket of a line cost, decided once at purchase and stored: one entry per unit, and a
 * unit's number is its index here (0 … quantity − 1).
 */
export interface UnitAllocation {
  readonly subtotalCents: readonly number[];
  readonly discountCents: readonly number[];
  readonly platformFeeCents: readonly number[];
  readonly processingFeeCents: readonly number[];
  readonly taxCents: readonly number[];
}

/** What one unit cost, by component; `baseCents` is its price less its share of the discounts. */
export interface UnitAmounts {
  readonly baseCents: number;
  readonly platformFeeCents: number;
  readonly processingFeeCents: number;
  readonly taxCents: number;
}

/** @throws MONEY_INVALID when the line has no such unit or its stored amounts contradict each other */
export function amountsOfUnit(allocation: UnitAllocation, unit: number): UnitAmounts {
  return {
    baseCents: assertCents(entryOf(allocation.subtotalCents, unit) - entryOf(allocation.discountCents, unit)),
    platformFeeCents: entryOf(allocation.platformFeeCents, unit),
    processingFeeCents: entryOf(allocation.processingFeeCents, unit),
    taxCents: entryOf(allocation.taxCents, unit),
  };
}

/** What the buyer paid for one unit, all components together. */
export function paidOfUnit(allocation: UnitAllocation, unit: number): number {
  const amounts = amountsOfUnit(allocation, unit);
  return sumCents([
    amounts.baseCents,
    amounts.platformFeeCents,
    amounts.processingFeeCents,
    amounts.taxCents,
  ]);
}

/** The entry of one unit in an array that has one entry per unit. */
export function entryOf(perUnit: readonly number[], unit: number): number {
  const entry = perUnit[unit];
  if (entry === undefined) {
    throw new AppError('MONEY_INVALID', { reason: `there is no unit ${unit} among ${perUnit.length}` });
  }
  return assertCents(entry);
}
