import { CENTS_MAX } from '@app/kernel';
import { NO_FEES, price, refusalOf } from './testing/builders.js';

describe('amounts at the end of the range', () => {
  it('prices an order of exactly 2^53 − 1', () => {
    expect(price([[1, CENTS_MAX]], { policy: NO_FEES }).totalCents).toBe(9_007_199_254_740_991);
  });

  it.each<readonly [string, () => unknown]>([
    ['the price of a line', () => price([[2, CENTS_MAX]], { policy: NO_FEES })],
    [
      'the subtotal',
      () =>
        price(
          [
            [1, CENTS_MAX],
            [1, 1],
          ],
          { policy: NO_FEES },
        ),
    ],
    ['the platform fee', () => price([[1, CENTS_MAX]], { policy: { ...NO_FEES, platformFeeBps: 20_000 } })],
    ['the fees', () => price([[1, CENTS_MAX]], { policy: { ...NO_FEES, processingFeeFixedCents: 1 } })],
    ['the total', () => price([[1, CENTS_MAX]], { policy: { ...NO_FEES, taxBps: 1 } })],
  ])('refuses an order when %s exceeds 2^53 − 1', (_name, call) => {
    expect(refusalOf(call).code).toBe('AMOUNT_OUT_OF_RANGE');
  });

  it('keeps the cents of a huge order exact', () => {
    const order = price([
      [2, 1_000_000_000_000_001],
      [1, 1],
    ]);
    expect(order).toMatchObject({
      subtotalCents: 2_000_000_000_000_003,
      platformFeeCents: 100_000_000_000_000,
      processingFeeCents: 58_000_000_000_030,
      taxCents: 172_640_000_000_003,
      totalCents: 2_330_640_000_000_036,
    });
  });
});

describe('what no caller may ask for', () => {
  it.each([0, -1, 1.5, Number.NaN, CENTS_MAX + 1])('a quantity of %p is a bug', (quantity) => {
    const refusal = refusalOf(() => price([[quantity, 0]]));
    expect(refusal.code).toBe('MONEY_INVALID');
    expect(refusal.params).toEqual({ reason: `${quantity} is not a quantity` });
  });

  it('an order above 10 000 units is a bug', () => {
    expect(price([[10_000, 1]], { policy: NO_FEES }).totalCents).toBe(10_000);
    const refusal = refusalOf(() =>
      price([
        [10_000, 1],
        [1, 1],
      ]),
    );
    expect(refusal.code).toBe('MONEY_INVALID');
    expect(refusal.params).toEqual({ reason: 'an order of 10001 units is above 10000' });
  });

  it.each([-1, 0.5])('a unit price of %p is a bug', (unitPriceCents) => {
    expect(refusalOf(() => price([[1, unitPriceCents]])).code).toBe('MONEY_INVALID');
  });

  it('an order without lines costs nothing', () => {
    expect(price([])).toMatchObject({ subtotalCents: 0, totalCents: 0, lines: [] });
  });
});
