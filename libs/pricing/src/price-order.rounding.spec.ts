import type { PricingPolicy } from './price-policy.js';
import { NO_FEES, price } from './testing/builders.js';

type Rate = Partial<PricingPolicy>;

const PLATFORM: readonly (readonly [string, number, number, number])[] = [
  ['5 % of 9 = 0.45 down to 0', 9, 500, 0],
  ['5 % of 10 = 0.5 up to 1', 10, 500, 1],
  ['5 % of 30 = 1.5 up to 2', 30, 500, 2],
  ['5 % of 50 = 2.5 up to 3, not to the even 2', 50, 500, 3],
  ['0.01 % of 4999 = 0.4999 down to 0', 4_999, 1, 0],
  ['0.01 % of 5000 = 0.5 up to 1', 5_000, 1, 1],
  ['100 % of 1 = 1', 1, 10_000, 1],
];

describe('rounding half-up', () => {
  it.each(PLATFORM)('rounds a platform fee of %s', (_name, unitPriceCents, platformFeeBps, feeCents) => {
    const order = price([[1, unitPriceCents]], { policy: { ...NO_FEES, platformFeeBps } });
    expect(order.platformFeeCents).toBe(feeCents);
  });

  it('rounds the percentage of the processing fee before the fixed part is added', () => {
    const policy = { ...NO_FEES, processingFeeBps: 290, processingFeeFixedCents: 30 };
    expect(price([[1, 500]], { policy }).processingFeeCents).toBe(45);
    expect(price([[1, 490]], { policy }).processingFeeCents).toBe(44);
  });

  it('rounds a tax of exactly 1.5 cents to 2 and of 4.5 cents to 5', () => {
    const policy = { ...NO_FEES, taxBps: 600 };
    expect(price([[1, 25]], { policy }).taxCents).toBe(2);
    expect(price([[1, 75]], { policy }).taxCents).toBe(5);
  });

  it('rounds once on the order, not once a ticket: three times 0.45 is 1, not 0', () => {
    expect(price([[3, 9]], { policy: { ...NO_FEES, platformFeeBps: 500 } }).platformFeeCents).toBe(1);
  });

  it('taxes the rounded fees: 5 % of 10 + 1 + 1 is 0.6, up to 1', () => {
    const policy: PricingPolicy = { ...NO_FEES, platformFeeBps: 500, processingFeeBps: 500, taxBps: 500 };
    expect(price([[1, 10]], { policy })).toMatchObject({
      platformFeeCents: 1,
      processingFeeCents: 1,
      taxCents: 1,
      totalCents: 13,
    });
  });

  it.each<readonly [string, Rate, number]>([
    ['the platform fee', { platformFeeBps: 5_000 }, 225],
    ['the processing fee', { processingFeeBps: 5_000 }, 225],
    ['the fixed fee', { processingFeeFixedCents: 50 }, 225],
    ['nothing but the price', {}, 150],
  ])('takes %s into the tax', (_name, rate, totalCents) => {
    expect(price([[1, 100]], { policy: { ...NO_FEES, taxBps: 5_000, ...rate } }).totalCents).toBe(totalCents);
  });
});
