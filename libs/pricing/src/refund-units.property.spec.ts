import fc from 'fast-check';
import { spreadGoodwill } from './goodwill.js';
import { priceOrder, type PriceRequest } from './price-order.js';
import {
  chooseUnits,
  openUnits,
  refundableCents,
  refundAmountOfUnits,
  type ChosenUnits,
  type RefundableLine,
} from './refund-units.js';
import type { ApplicableRefundRule } from './refund-policy.js';
import { anyBps, anyOrder } from './testing/arbitraries.js';
import { FULL_REFUND, soldLines } from './testing/builders.js';

interface Unit {
  readonly itemId: string;
  readonly unit: number;
}

const anyRule: fc.Arbitrary<ApplicableRefundRule> = fc.record({
  refundBps: anyBps,
  components: fc.record({ platformFee: fc.boolean(), processingFee: fc.boolean(), tax: fc.boolean() }),
  clause: fc.constant('any'),
});

/** An order and its units in random order, cut into random groups: one refund each. */
const anyGrouping = anyOrder().chain((request) => {
  const units = unitsOf(soldLines(priceOrder(request)));
  return fc.record({
    request: fc.constant(request),
    units: fc.shuffledSubarray(units, { minLength: units.length }),
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
  });
});

const anyGoodwillPermille = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 6 });

describe('refunds of all units of any order', () => {
  it('pay back the total exactly under a full refund, in whatever order and groups', () => {
    fc.assert(
      fc.property(anyGrouping, ({ request, units, sizes }) => {
        const order = priceOrder(request);
        let lines: readonly RefundableLine[] = soldLines(order);
        let paidBack = 0;
        for (const group of groups(units, sizes)) {
          const refund = refundAmountOfUnits(lines, group, FULL_REFUND);
          expect(refund.keptCents).toBe(0);
          paidBack += refund.amountCents;
          lines = afterRefund(lines, group);
          expect(refundableCents(lines)).toBe(order.totalCents - paidBack);
        }
        expect(paidBack).toBe(order.totalCents);
        expect(refundableCents(lines)).toBe(0);
      }),
    );
  });

  it('pay back the total exactly with goodwill in between', () => {
    fc.assert(
      fc.property(anyGrouping, anyGoodwillPermille, ({ request, units, sizes }, permilles) => {
        const order = priceOrder(request);
        let lines: readonly RefundableLine[] = soldLines(order);
        let paidBack = 0;
        groups(units, sizes).forEach((group, index) => {
          const goodwill = Math.floor((refundableCents(lines) * (permilles[index] ?? 0)) / 1_000);
          lines = afterGoodwill(lines, goodwill);
          paidBack += goodwill + refundAmountOfUnits(lines, group, FULL_REFUND).amountCents;
          lines = afterRefund(lines, group);
        });
        expect(paidBack).toBe(order.totalCents);
      }),
    );
  });

  it('pay back the same cents under any rule, in whatever order and groups', () => {
    fc.assert(
      fc.property(anyGrouping, anyRule, anyGoodwillPermille, (grouping, rule, permilles) => {
        const sold = afterGoodwills(grouping.request, permilles);
        const atOnce = refundAmountOfUnits(sold, openUnits(sold), rule);
        let lines: readonly RefundableLine[] = sold;
        let amountCents = 0;
        let keptCents = 0;
        for (const group of groups(grouping.units, grouping.sizes)) {
          const refund = refundAmountOfUnits(lines, group, rule);
          amountCents += refund.amountCents;
          keptCents += refund.keptCents;
          lines = afterRefund(lines, group);
        }
        expect({ amountCents, keptCents }).toEqual({
          amountCents: atOnce.amountCents,
          keptCents: atOnce.keptCents,
        });
      }),
    );
  });

  it('never pay back more than is refundable: what is paid and what is kept is what was left', () => {
    fc.assert(
      fc.property(anyOrder(), anyRule, anyGoodwillPermille, (request, rule, permilles) => {
        const lines = afterGoodwills(request, permilles);
        const refund = refundAmountOfUnits(lines, openUnits(lines), rule);
        expect(refund.amountCents).toBeGreaterThanOrEqual(0);
        expect(refund.keptCents).toBeGreaterThanOrEqual(0);
        expect(refund.amountCents + refund.keptCents).toBe(refundableCents(lines));
        expect(refund.perLine.reduce((sum, line) => sum + line.amountCents, 0)).toBe(refund.amountCents);
      }),
    );
  });

  it('never pay back less for a higher percentage', () => {
    fc.assert(
      fc.property(anyOrder(), anyRule, anyBps, (request, rule, otherBps) => {
        const lines = soldLines(priceOrder(request));
        const amountAt = (refundBps: number): number =>
          refundAmountOfUnits(lines, openUnits(lines), { ...rule, refundBps }).amountCents;
        const [lower, higher] = [Math.min(rule.refundBps, otherBps), Math.max(rule.refundBps, otherBps)];
        expect(amountAt(higher)).toBeGreaterThanOrEqual(amountAt(lower));
      }),
    );
  });
});

describe('refunds by quantity', () => {
  it('taken one ticket at a time end with every unit, each once', () => {
    fc.assert(
      fc.property(anyOrder(), (request) => {
        let lines: readonly RefundableLine[] = soldLines(priceOrder(request));
        const all = unitsOf(lines);
        const taken: Unit[] = [];
        for (const { itemId } of all) {
          const chosen = chooseUnits(lines, { items: [{ itemId, quantity: 1 }] });
          taken.push(...unitsOfChoice(chosen));
          lines = afterRefund(lines, chosen);
        }
        expect(taken.map(nameOf).toSorted()).toEqual(all.map(nameOf).toSorted());
        expect(openUnits(lines)).toEqual([]);
      }),
    );
  });
});

describe('goodwill on any order', () => {
  it('is laid to the cent, and never more on a unit than it has left', () => {
    fc.assert(
      fc.property(anyOrder(), anyGoodwillPermille, (request, permilles) => {
        const order = priceOrder(request);
        const lines = afterGoodwills(request, permilles);
        const laid = lines.flatMap((line) => line.goodwillCents).reduce((sum, cents) => sum + cents, 0);
        expect(refundableCents(lines)).toBe(order.totalCents - laid);
      }),
    );
  });
});

function unitsOf(lines: readonly RefundableLine[]): Unit[] {
  return unitsOfChoice(openUnits(lines));
}

function unitsOfChoice(chosen: readonly ChosenUnits[]): Unit[] {
  return chosen.flatMap(({ itemId, units }) => units.map((unit) => ({ itemId, unit })));
}

function nameOf({ itemId, unit }: Unit): string {
  return `${itemId}/${unit}`;
}

function groups(units: readonly Unit[], sizes: readonly number[]): ChosenUnits[][] {
  const cut: ChosenUnits[][] = [];
  let start = 0;
  while (start < units.length) {
    const size = sizes[cut.length % sizes.length] ?? 1;
    const group = units.slice(start, start + size);
    const itemIds = [...new Set(group.map(({ itemId }) => itemId))];
    cut.push(
      itemIds.map((itemId) => ({
        itemId,
        units: group.filter((unit) => unit.itemId === itemId).map(({ unit }) => unit),
      })),
    );
    start += size;
  }
  return cut;
}

function afterRefund(lines: readonly RefundableLine[], chosen: readonly ChosenUnits[]): RefundableLine[] {
  return lines.map((line) => {
    const units = chosen.filter(({ itemId }) => itemId === line.itemId).flatMap((choice) => choice.units);
    return { ...line, refundedUnits: [...line.refundedUnits, ...units] };
  });
}

function afterGoodwill(lines: readonly RefundableLine[], amountCents: number): RefundableLine[] {
  const shares = spreadGoodwill(lines, amountCents);
  expect(shares.reduce((sum, share) => sum + share.amountCents, 0)).toBe(amountCents);
  return lines.map((line) => {
    const share = shares.find(({ itemId }) => itemId === line.itemId);
    if (share === undefined) return line;
    return {
      ...line,
      goodwillCents: line.goodwillCents.map((cents, unit) => cents + (share.unitCents[unit] ?? 0)),
    };
  });
}

function afterGoodwills(request: PriceRequest, permilles: readonly number[]): RefundableLine[] {
  return permilles.reduce<RefundableLine[]>(
    (lines, permille) => afterGoodwill(lines, Math.floor((refundableCents(lines) * permille) / 1_000)),
    soldLines(priceOrder(request)),
  );
}
