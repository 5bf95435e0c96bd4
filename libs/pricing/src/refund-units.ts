import { AppError, BPS_MAX, assertCents, shareCents, sumCents, type FieldError } from '@app/kernel';
import { amountsOfUnit, entryOf, paidOfUnit, type UnitAllocation } from './unit-allocation.js';
import type { ApplicableRefundRule } from './refund-policy.js';

/** One line of a sold order; a unit's number is its index in the allocation (0 … quantity − 1). */
export interface RefundableLine {
  readonly itemId: string;
  readonly ticketTypeId: string;
  readonly quantity: number;
  readonly allocation: UnitAllocation;
  /** Units with a refund that succeeded. */
  readonly refundedUnits: readonly number[];
  /** Units that a refund owns which has neither succeeded nor failed. */
  readonly pendingUnits: readonly number[];
  /** Per unit: what amount-only refunds, pending and succeeded, have already laid on it. */
  readonly goodwillCents: readonly number[];
}

export interface RefundRequest {
  /** Nothing named: every unit that is still open. */
  readonly items?: readonly { readonly itemId: string; readonly quantity: number }[];
}

export interface ChosenUnits {
  readonly itemId: string;
  /** Newest (highest number) first. */
  readonly units: readonly number[];
}

export interface RefundedLine extends ChosenUnits {
  readonly amountCents: number;
}

export interface RefundAmount {
  readonly amountCents: number;
  /** What the buyer paid for these units and does not get back, now or earlier. */
  readonly keptCents: number;
  readonly perLine: readonly RefundedLine[];
}

/** The units that neither are refunded nor wait for it, newest first; lines without any are left out. */
export function openUnits(lines: readonly RefundableLine[]): ChosenUnits[] {
  return lines
    .map((line) => ({ itemId: line.itemId, units: openUnitsOf(line) }))
    .filter(({ units }) => units.length > 0);
}

/** The most that can still be paid back: what was paid for the open units less the goodwill on them. */
export function refundableCents(lines: readonly RefundableLine[]): number {
  return sumCents(lines.flatMap((line) => openUnitsOf(line).map((unit) => remainingCentsOfUnit(line, unit))));
}

/**
 * Decides which units a refund takes: of each item the newest open ones, in the order of the lines.
 * @throws VALIDATION_FAILED when no item is named, or one that the order lacks, twice, or without a valid quantity
 * @throws REFUND_EXCEEDS_REFUNDABLE when fewer units are open than are asked for, or none at all
 */
export function chooseUnits(
  lines: readonly RefundableLine[],
  request: RefundRequest,
  currency?: string,
): ChosenUnits[] {
  if (request.items === undefined) {
    const open = openUnits(lines);
    if (open.length === 0) throw refundExceedsRefundable(lines, currency);
    return open;
  }
  const quantities = quantitiesByItem(lines, request.items);
  return lines.flatMap((line) => {
    const quantity = quantities.get(line.itemId);
    if (quantity === undefined) return [];
    const units = openUnitsOf(line).slice(0, quantity);
    if (units.length < quantity) throw refundExceedsRefundable(lines, currency);
    return [{ itemId: line.itemId, units }];
  });
}

/**
 * What a refund of these units pays under a rule. Each unit for itself pays Σ over the refundable components
 * of half-up(component × percentage), the price counting net of its discount, less the goodwill already on
 * it and never below 0: so any order and grouping of refunds of the same units gives the same cents.
 * @throws MONEY_INVALID when a unit does not exist, is not open or is named twice (a bug of ours)
 */
export function refundAmountOfUnits(
  lines: readonly RefundableLine[],
  chosen: readonly ChosenUnits[],
  rule: Pick<ApplicableRefundRule, 'refundBps' | 'components'>,
): RefundAmount {
  if (rule.refundBps > BPS_MAX) {
    throw new AppError('MONEY_INVALID', {
      reason: `${rule.refundBps} bps would pay back more than was paid`,
    });
  }
  assertEachOnce(chosen);
  const priced = chosen.map(({ itemId, units }) => {
    const line = lineOf(lines, itemId);
    const open = new Set(openUnitsOf(line));
    const remaining = units.map((unit) => {
      if (!open.has(unit)) throw new AppError('MONEY_INVALID', { reason: `unit ${unit} is not open` });
      return remainingCentsOfUnit(line, unit);
    });
    const amountCents = sumCents(units.map((unit) => refundCentsOfUnit(line, unit, rule)));
    return { itemId, units, amountCents, keptCents: sumCents(remaining) - amountCents };
  });
  return {
    amountCents: sumCents(priced.map((line) => line.amountCents)),
    keptCents: sumCents(priced.map((line) => line.keptCents)),
    perLine: priced.map(({ itemId, units, amountCents }) => ({ itemId, units, amountCents })),
  };
}

/** What was paid for a unit less the goodwill already laid on it. */
export function remainingCentsOfUnit(line: RefundableLine, unit: number): number {
  return assertCents(paidOfUnit(line.allocation, unit) - entryOf(line.goodwillCents, unit));
}

export function openUnitsOf(line: RefundableLine): number[] {
  const taken = new Set([...line.refundedUnits, ...line.pendingUnits]);
  return Array.from({ length: line.quantity }, (_entry, index) => line.quantity - 1 - index).filter(
    (unit) => !taken.has(unit),
  );
}

/** The refusal to name to a client that asks for more than is left, with what is left. */
export function refundExceedsRefundable(lines: readonly RefundableLine[], currency?: string): AppError {
  const leftCents = refundableCents(lines);
  return new AppError(
    'REFUND_EXCEEDS_REFUNDABLE',
    { refundableCents: leftCents },
    { members: { refundableCents: leftCents, ...(currency === undefined ? {} : { currency }) } },
  );
}

function refundCentsOfUnit(
  line: RefundableLine,
  unit: number,
  { refundBps, components }: Pick<ApplicableRefundRule, 'refundBps' | 'components'>,
): number {
  const amounts = amountsOfUnit(line.allocation, unit);
  const refundable = [
    amounts.baseCents,
    components.platformFee ? amounts.platformFeeCents : 0,
    components.processingFee ? amounts.processingFeeCents : 0,
    components.tax ? amounts.taxCents : 0,
  ];
  const entitledCents = sumCents(refundable.map((amountCents) => shareCents(amountCents, refundBps)));
  return Math.max(0, entitledCents - entryOf(line.goodwillCents, unit));
}

function quantitiesByItem(
  lines: readonly RefundableLine[],
  items: NonNullable<RefundRequest['items']>,
): ReadonlyMap<string, number> {
  if (items.length === 0) throw invalid('/items', 'empty', 'Name at least one item, or leave items out.');
  const quantities = new Map<string, number>();
  items.forEach(({ itemId, quantity }, index) => {
    const pointer = `/items/${index}`;
    if (!lines.some((line) => line.itemId === itemId)) {
      throw invalid(`${pointer}/itemId`, 'unknown_item', `The order has no item ${itemId}.`);
    }
    if (quantities.has(itemId)) {
      throw invalid(`${pointer}/itemId`, 'duplicate_item', `Item ${itemId} is named twice.`);
    }
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw invalid(`${pointer}/quantity`, 'invalid_quantity', 'A quantity is a whole number of 1 or more.');
    }
    quantities.set(itemId, quantity);
  });
  return quantities;
}

function invalid(pointer: string, code: string, detail: string): AppError {
  const errors: readonly FieldError[] = [{ pointer, code, detail }];
  return new AppError('VALIDATION_FAILED', { reason: detail }, { members: { errors } });
}

function lineOf(lines: readonly RefundableLine[], itemId: string): RefundableLine {
  const line = lines.find((candidate) => candidate.itemId === itemId);
  if (line === undefined) throw new AppError('MONEY_INVALID', { reason: `there is no line ${itemId}` });
  return line;
}

function assertEachOnce(chosen: readonly ChosenUnits[]): void {
  const names = chosen.flatMap(({ itemId, units }) => units.map((unit) => `${itemId}/${unit}`));
  if (new Set(names).size < names.length) {
    throw new AppError('MONEY_INVALID', { reason: 'a unit is named twice in one refund' });
  }
}
