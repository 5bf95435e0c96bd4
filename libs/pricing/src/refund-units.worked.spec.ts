import {
  aRefundRule,
  FULL_REFUND,
  price,
  refusalOf,
  SEED_POLICY,
  soldLine,
  soldLines,
} from './testing/builders.js';
import { chooseUnits, refundAmountOfUnits } from './refund-units.js';

const NOTHING_BUT_THE_PRICE = { platformFee: false, processingFee: false, tax: false };

describe('refunds of three tickets of $33.33, paid $116.85', () => {
  it('pay back everything at once', () => {
    const lines = [soldLine(3, 3_333)];
    expect(refundAmountOfUnits(lines, chooseUnits(lines, {}), FULL_REFUND)).toEqual({
      amountCents: 11_685,
      keptCents: 0,
      perLine: [{ itemId: 'item-0', units: [2, 1, 0], amountCents: 11_685 }],
    });
  });

  it('pay back one by one $38.93, $38.96 and $38.96', () => {
    const items = [{ itemId: 'item-0', quantity: 1 }];
    const amounts = [[], [2], [2, 1]].map((refundedUnits) => {
      const lines = [soldLine(3, 3_333, { refundedUnits })];
      return refundAmountOfUnits(lines, chooseUnits(lines, { items }), FULL_REFUND).amountCents;
    });
    expect(amounts).toEqual([3_893, 3_896, 3_896]);
  });

  it('of 50 % round half a cent up in each component and unit', () => {
    const lines = [soldLine(3, 3_333)];
    const half = aRefundRule({ refundBps: 5_000 });
    expect(refundAmountOfUnits(lines, [{ itemId: 'item-0', units: [0] }], half)).toMatchObject({
      amountCents: 1_950,
      keptCents: 1_946,
    });
    expect(refundAmountOfUnits(lines, chooseUnits(lines, {}), half)).toMatchObject({
      amountCents: 5_847,
      keptCents: 5_838,
    });
  });

  it.each<readonly [string, typeof NOTHING_BUT_THE_PRICE, number, number]>([
    ['the price alone', NOTHING_BUT_THE_PRICE, 3_333, 563],
    ['the platform fee', { ...NOTHING_BUT_THE_PRICE, platformFee: true }, 3_500, 396],
    ['the processing fee', { ...NOTHING_BUT_THE_PRICE, processingFee: true }, 3_440, 456],
    ['the tax', { ...NOTHING_BUT_THE_PRICE, tax: true }, 3_622, 274],
  ])('pay back, where the policy says so, %s', (_name, components, amountCents, keptCents) => {
    const rule = aRefundRule({ components });
    const refund = refundAmountOfUnits([soldLine(3, 3_333)], [{ itemId: 'item-0', units: [0] }], rule);
    expect(refund).toMatchObject({ amountCents, keptCents });
  });

  it('pay nothing under a 0 % rule', () => {
    const lines = [soldLine(3, 3_333)];
    const refund = refundAmountOfUnits(lines, chooseUnits(lines, {}), aRefundRule({ refundBps: 0 }));
    expect(refund).toMatchObject({ amountCents: 0, keptCents: 11_685 });
  });

  it('pay less by the goodwill already laid on the unit', () => {
    const lines = [soldLine(3, 3_333, { goodwillCents: [0, 0, 1_000] })];
    const refund = refundAmountOfUnits(lines, chooseUnits(lines, {}), FULL_REFUND);
    expect(refund).toMatchObject({ amountCents: 10_685, keptCents: 0 });
  });

  it('pay nothing for a unit whose goodwill exceeds what the policy gives, and take nothing from others', () => {
    const lines = [soldLine(3, 3_333, { goodwillCents: [0, 0, 2_000] })];
    const half = aRefundRule({ refundBps: 5_000 });
    expect(refundAmountOfUnits(lines, [{ itemId: 'item-0', units: [2] }], half)).toMatchObject({
      amountCents: 0,
      keptCents: 1_893,
    });
    expect(refundAmountOfUnits(lines, [{ itemId: 'item-0', units: [2, 1] }], half)).toMatchObject({
      amountCents: 1_950,
      keptCents: 3_839,
    });
  });
});

describe('refunds of discounted and of free tickets', () => {
  const lines = soldLines(
    price(
      [
        [2, 4_550],
        [1, 12_900],
        [1, 0],
      ],
      { discounts: [{ code: 'A', amountCents: 1_001 }] },
    ),
  );

  it('pay back what was paid, not the price before the discount', () => {
    expect(refundAmountOfUnits(lines, chooseUnits(lines, {}), FULL_REFUND)).toEqual({
      amountCents: 24_503,
      keptCents: 0,
      perLine: [
        { itemId: 'item-0', units: [1, 0], amountCents: 10_135 },
        { itemId: 'item-1', units: [0], amountCents: 14_368 },
        { itemId: 'item-2', units: [0], amountCents: 0 },
      ],
    });
  });

  it('keep the discount out of a refund without fees', () => {
    const rule = aRefundRule({ components: NOTHING_BUT_THE_PRICE });
    const refund = refundAmountOfUnits(lines, [{ itemId: 'item-1', units: [0] }], rule);
    expect(refund).toMatchObject({ amountCents: 12_313, keptCents: 2_055 });
  });

  it('pay back nothing for an order with a 100 % discount', () => {
    const free = soldLines(price([[2, 5_000]], { discounts: [{ code: 'ALL', amountCents: 10_000 }] }));
    expect(refundAmountOfUnits(free, chooseUnits(free, {}), FULL_REFUND)).toMatchObject({
      amountCents: 0,
      keptCents: 0,
    });
  });
});

describe('refunds in other currencies', () => {
  it('of two tickets of 49.90 € keep the fees of 4.08 € where the policy keeps them', () => {
    const policy = { ...SEED_POLICY, taxBps: 1_900 };
    const lines = soldLines(price([[2, 4_990]], { currency: 'EUR', policy }));
    const rule = aRefundRule({ components: { platformFee: false, processingFee: false, tax: true } });
    const refund = refundAmountOfUnits(lines, [{ itemId: 'item-0', units: [1] }], rule);
    expect(refund).toMatchObject({ amountCents: 6_016, keptCents: 408 });
  });

  it('of ¥9800 less a discount pay 75 % in whole yen', () => {
    const lines = soldLines(
      price(
        [
          [2, 9_800],
          [1, 12_000],
        ],
        {
          currency: 'JPY',
          policy: { ...SEED_POLICY, taxBps: 1_000 },
          discounts: [{ code: 'A', amountCents: 2_960 }],
        },
      ),
    );
    const rule = aRefundRule({ refundBps: 7_500 });
    const refund = refundAmountOfUnits(lines, [{ itemId: 'item-0', units: [0] }], rule);
    expect(refund).toMatchObject({ amountCents: 7_914, keptCents: 2_638 });
  });

  it('of 12.500 KWD pay 33.33 % in fils', () => {
    const policy = { ...SEED_POLICY, processingFeeFixedCents: 100, taxBps: 0 };
    const lines = soldLines(price([[2, 12_500]], { currency: 'KWD', policy }));
    const refund = refundAmountOfUnits(lines, chooseUnits(lines, {}), aRefundRule({ refundBps: 3_333 }));
    expect(refund).toMatchObject({ amountCents: 9_023, keptCents: 18_052 });
  });
});

describe('what would pay twice or too much', () => {
  const line = soldLine(3, 1_000, { refundedUnits: [0], pendingUnits: [1] });

  it.each<readonly [string, readonly { itemId: string; units: readonly number[] }[], string]>([
    ['a refunded unit', [{ itemId: 'item-0', units: [0] }], 'unit 0 is not open'],
    ['a pending unit', [{ itemId: 'item-0', units: [2, 1] }], 'unit 1 is not open'],
    ['a unit beyond the quantity', [{ itemId: 'item-0', units: [3] }], 'unit 3 is not open'],
    ['a line of another order', [{ itemId: 'item-9', units: [0] }], 'there is no line item-9'],
    [
      'a unit named twice',
      [
        { itemId: 'item-0', units: [2] },
        { itemId: 'item-0', units: [2] },
      ],
      'a unit is named twice in one refund',
    ],
  ])('is a bug: %s', (_name, chosen, reason) => {
    const refusal = refusalOf(() => refundAmountOfUnits([line], chosen, FULL_REFUND));
    expect(refusal.code).toBe('MONEY_INVALID');
    expect(refusal.params).toEqual({ reason });
  });

  it.each([
    [10_001, '10001 bps would pay back more than was paid'],
    [-1, '-1 is not a whole, non-negative amount'],
  ])('is a bug: a percentage of %p basis points', (refundBps, reason) => {
    const chosen = [{ itemId: 'item-0', units: [2] }];
    const refusal = refusalOf(() => refundAmountOfUnits([line], chosen, aRefundRule({ refundBps })));
    expect(refusal.code).toBe('MONEY_INVALID');
    expect(refusal.params).toEqual({ reason });
  });

  it('is a bug: stored figures that do not cover every unit', () => {
    const broken = soldLine(2, 1_000, { goodwillCents: [0] });
    const refusal = refusalOf(() =>
      refundAmountOfUnits([broken], [{ itemId: 'item-0', units: [1] }], FULL_REFUND),
    );
    expect(refusal.params).toEqual({ reason: 'there is no unit 1 among 1' });
  });
});
