import { AppError, assertCents, multiplyCents, shareCents, sumCents } from '@app/kernel';
import { allocateByLargestRemainder } from './allocate.js';
import type { PricingPolicy } from './price-policy.js';
import { entryOf, type UnitAllocation } from './unit-allocation.js';

/** Every unit has stored figures of its own; no order the API accepts comes near this. */
const ORDER_UNITS_MAX = 10_000;

export interface PriceableLine {
  readonly ticketTypeId: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

export interface Discount {
  readonly code: string;
  readonly amountCents: number;
}

export interface PriceRequest {
  readonly currency: string;
  readonly lines: readonly PriceableLine[];
  readonly policy: PricingPolicy;
  readonly discounts: readonly Discount[];
}

export interface PricedLine extends PriceableLine {
  readonly totalPriceCents: number;
  readonly allocation: UnitAllocation;
}

export interface PriceAmounts {
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly platformFeeCents: number;
  readonly processingFeeCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
}

export interface PriceBreakdown extends PriceAmounts {
  readonly currency: string;
  /** What each discount really takes off, in the order given: together never more than the subtotal. */
  readonly discounts: readonly Discount[];
  readonly lines: readonly PricedLine[];
}

/**
 * Prices an order and lays every amount on its single tickets:
 * `base = subtotal − min(discount, subtotal)`; `platform = r(base × platformBps)`;
 * `processing = base = 0 ? 0 : r(base × processingBps) + fixed`;
 * `tax = r((base + platform + processing) × taxBps)`; `r` rounds half-up, once per component on the order,
 * in the currency's minor unit. The discount is laid on units by their price, fees and tax by their base.
 * @throws AMOUNT_OUT_OF_RANGE when any amount exceeds 2^53 − 1
 * @throws MONEY_INVALID on a quantity, price or rate that is no whole number in range (a bug of ours)
 */
export function priceOrder({ currency, lines, policy, discounts }: PriceRequest): PriceBreakdown {
  assertQuantities(lines);
  const subtotalCents = sumCents(lines.map(totalPriceOf));
  const effectiveDiscounts = capDiscounts(discounts, subtotalCents);
  const discountCents = sumCents(effectiveDiscounts.map((discount) => discount.amountCents));
  const amounts = amountsOf(subtotalCents, discountCents, policy);
  return { currency, ...amounts, discounts: effectiveDiscounts, lines: allocateToLines(lines, amounts) };
}

function amountsOf(subtotalCents: number, discountCents: number, policy: PricingPolicy): PriceAmounts {
  const baseCents = subtotalCents - discountCents;
  const platformFeeCents = shareCents(baseCents, policy.platformFeeBps);
  const processingFeeCents =
    baseCents === 0
      ? 0
      : sumCents([shareCents(baseCents, policy.processingFeeBps), policy.processingFeeFixedCents]);
  const taxableCents = sumCents([baseCents, platformFeeCents, processingFeeCents]);
  const taxCents = shareCents(taxableCents, policy.taxBps);
  return {
    subtotalCents,
    discountCents,
    platformFeeCents,
    processingFeeCents,
    taxCents,
    totalCents: sumCents([taxableCents, taxCents]),
  };
}

/** First come first: a later discount gets what the earlier ones left of the subtotal. */
function capDiscounts(discounts: readonly Discount[], subtotalCents: number): Discount[] {
  let leftCents = subtotalCents;
  return discounts.map(({ code, amountCents }) => {
    const takenCents = Math.min(assertCents(amountCents), leftCents);
    leftCents -= takenCents;
    return { code, amountCents: takenCents };
  });
}

function allocateToLines(lines: readonly PriceableLine[], amounts: PriceAmounts): PricedLine[] {
  const prices = lines.flatMap((line) => Array.from({ length: line.quantity }, () => line.unitPriceCents));
  const discounts = allocateByLargestRemainder(amounts.discountCents, prices);
  const bases = prices.map((price, index) => price - entryOf(discounts, index));
  const platformFees = allocateByLargestRemainder(amounts.platformFeeCents, bases);
  const processingFees = allocateByLargestRemainder(amounts.processingFeeCents, bases);
  const taxes = allocateByLargestRemainder(amounts.taxCents, bases);
  let end = 0;
  return lines.map((line) => {
    const start = end;
    end = start + line.quantity;
    return {
      ticketTypeId: line.ticketTypeId,
      quantity: line.quantity,
      unitPriceCents: line.unitPriceCents,
      totalPriceCents: totalPriceOf(line),
      allocation: {
        subtotalCents: prices.slice(start, end),
        discountCents: discounts.slice(start, end),
        platformFeeCents: platformFees.slice(start, end),
        processingFeeCents: processingFees.slice(start, end),
        taxCents: taxes.slice(start, end),
      },
    };
  });
}

function totalPriceOf(line: PriceableLine): number {
  return multiplyCents(line.unitPriceCents, line.quantity);
}

function assertQuantities(lines: readonly PriceableLine[]): void {
  let units = 0;
  for (const { quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw new AppError('MONEY_INVALID', { reason: `${quantity} is not a quantity` });
    }
    units += quantity;
  }
  if (units > ORDER_UNITS_MAX) {
    throw new AppError('MONEY_INVALID', { reason: `an order of ${units} units is above ${ORDER_UNITS_MAX}` });
  }
}
