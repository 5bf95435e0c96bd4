import { sumCents } from '@app/kernel';
import { allocateByLargestRemainder } from './allocate.js';
import {
  openUnitsOf,
  refundableCents,
  refundExceedsRefundable,
  remainingCentsOfUnit,
  type RefundableLine,
} from './refund-units.js';

export interface GoodwillLine {
  readonly itemId: string;
  readonly amountCents: number;
  /** One entry per unit of the line, to be added to its `goodwillCents`. */
  readonly unitCents: readonly number[];
}

/**
 * Spreads an amount-only refund over the open units by largest remainder, weighted by what each still has, so
 * that no unit ever carries more than was paid for it. Lines that get nothing are left out.
 * @throws REFUND_EXCEEDS_REFUNDABLE when the open units do not have that much left
 */
export function spreadGoodwill(
  lines: readonly RefundableLine[],
  amountCents: number,
  currency?: string,
): GoodwillLine[] {
  if (amountCents > refundableCents(lines)) throw refundExceedsRefundable(lines, currency);
  const weights = lines.map(weightsOf);
  const spread = allocateByLargestRemainder(amountCents, weights.flat());
  let end = 0;
  return lines
    .map((line): GoodwillLine => {
      const start = end;
      end = start + line.quantity;
      const unitCents = spread.slice(start, end);
      return { itemId: line.itemId, amountCents: sumCents(unitCents), unitCents };
    })
    .filter((line) => line.amountCents > 0);
}

function weightsOf(line: RefundableLine): number[] {
  const open = new Set(openUnitsOf(line));
  return Array.from({ length: line.quantity }, (_entry, unit) =>
    open.has(unit) ? remainingCentsOfUnit(line, unit) : 0,
  );
}
