import { price, refusalOf, SEED_POLICY } from './testing/builders.js';

describe('discounts', () => {
  it('come off before fees and tax: $220.00 less $10.00 costs $245.04', () => {
    const order = price(
      [
        [2, 4_550],
        [1, 12_900],
      ],
      { discounts: [{ code: 'TENOFF', amountCents: 1_000 }] },
    );
    expect(order).toMatchObject({
      subtotalCents: 22_000,
      discountCents: 1_000,
      platformFeeCents: 1_050,
      processingFeeCents: 639,
      taxCents: 1_815,
      totalCents: 24_504,
      discounts: [{ code: 'TENOFF', amountCents: 1_000 }],
    });
    expect(order.lines.map((line) => line.allocation)).toEqual([
      {
        subtotalCents: [4_550, 4_550],
        discountCents: [207, 207],
        platformFeeCents: [217, 217],
        processingFeeCents: [132, 132],
        taxCents: [376, 375],
      },
      {
        subtotalCents: [12_900],
        discountCents: [586],
        platformFeeCents: [616],
        processingFeeCents: [375],
        taxCents: [1_064],
      },
    ]);
  });

  it('lay fees on what a ticket costs after the discount: 89.99 € and two of 12.50 € less 9.99 €', () => {
    const order = price(
      [
        [1, 8_999],
        [2, 1_250],
      ],
      {
        currency: 'EUR',
        policy: { ...SEED_POLICY, taxBps: 1_900 },
        discounts: [{ code: 'A', amountCents: 999 }],
      },
    );
    expect(order.totalCents).toBe(13_518);
    expect(order.lines[1]?.allocation).toEqual({
      subtotalCents: [1_250, 1_250],
      discountCents: [109, 108],
      platformFeeCents: [57, 57],
      processingFeeCents: [36, 37],
      taxCents: [234, 235],
    });
  });

  it('of the whole subtotal make the order free, without any fee', () => {
    const order = price([[1, 10_000]], { discounts: [{ code: 'ALL', amountCents: 10_000 }] });
    expect(order).toMatchObject({
      subtotalCents: 10_000,
      discountCents: 10_000,
      platformFeeCents: 0,
      processingFeeCents: 0,
      taxCents: 0,
      totalCents: 0,
    });
    expect(order.lines[0]?.allocation.discountCents).toEqual([10_000]);
  });

  it('above the subtotal are capped at it and say so', () => {
    const order = price([[1, 10_000]], { discounts: [{ code: 'HUGE', amountCents: 25_000 }] });
    expect(order).toMatchObject({
      discountCents: 10_000,
      totalCents: 0,
      discounts: [{ code: 'HUGE', amountCents: 10_000 }],
    });
  });

  it('that leave one cent still cost the fixed fee', () => {
    const order = price([[1, 10_000]], { discounts: [{ code: 'A', amountCents: 9_999 }] });
    expect(order).toMatchObject({ processingFeeCents: 30, taxCents: 2, totalCents: 33 });
  });

  it('share the subtotal in the order given: the last one gets what is left', () => {
    const order = price([[1, 1_000]], {
      discounts: [
        { code: 'A', amountCents: 600 },
        { code: 'B', amountCents: 600 },
        { code: 'C', amountCents: 600 },
      ],
    });
    expect(order.discounts).toEqual([
      { code: 'A', amountCents: 600 },
      { code: 'B', amountCents: 400 },
      { code: 'C', amountCents: 0 },
    ]);
    expect(order.discountCents).toBe(1_000);
  });

  it('take nothing off free tickets', () => {
    const order = price([[2, 0]], { discounts: [{ code: 'A', amountCents: 500 }] });
    expect(order).toMatchObject({ discountCents: 0, discounts: [{ code: 'A', amountCents: 0 }] });
  });

  it('of the largest amount are capped, not out of range', () => {
    const amountCents = Number.MAX_SAFE_INTEGER;
    const order = price([[1, 1_000]], {
      discounts: [
        { code: 'A', amountCents },
        { code: 'B', amountCents },
      ],
    });
    expect(order).toMatchObject({ discountCents: 1_000, totalCents: 0 });
  });

  it('below zero are a bug, never a surcharge', () => {
    const refusal = refusalOf(() => price([[1, 1_000]], { discounts: [{ code: 'A', amountCents: -1 }] }));
    expect(refusal.code).toBe('MONEY_INVALID');
  });
});
