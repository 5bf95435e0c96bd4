import { NO_FEES, price, SEED_POLICY } from './testing/builders.js';

describe('orders in dollars under the default rates', () => {
  it('prices one ticket of $100.00 at $116.86', () => {
    expect(price([[1, 10_000]])).toEqual({
      currency: 'USD',
      subtotalCents: 10_000,
      discountCents: 0,
      platformFeeCents: 500,
      processingFeeCents: 320,
      taxCents: 866,
      totalCents: 11_686,
      discounts: [],
      lines: [
        {
          ticketTypeId: 'type-0',
          quantity: 1,
          unitPriceCents: 10_000,
          totalPriceCents: 10_000,
          allocation: {
            subtotalCents: [10_000],
            discountCents: [0],
            platformFeeCents: [500],
            processingFeeCents: [320],
            taxCents: [866],
          },
        },
      ],
    });
  });

  it('prices one ticket of $10.00 at $11.98', () => {
    expect(price([[1, 1_000]])).toMatchObject({
      platformFeeCents: 50,
      processingFeeCents: 59,
      taxCents: 89,
      totalCents: 1_198,
    });
  });

  it('charges the fixed part of the processing fee once an order, not once a ticket', () => {
    expect(price([[2, 5_000]])).toMatchObject({ processingFeeCents: 320, totalCents: 11_686 });
  });

  it('prices the cheapest possible ticket', () => {
    expect(price([[1, 1]])).toMatchObject({
      platformFeeCents: 0,
      processingFeeCents: 30,
      taxCents: 2,
      totalCents: 33,
    });
  });

  it('lays the spare cent of four equal tickets on the first ones', () => {
    const { totalCents, lines } = price([[4, 2_599]]);
    expect(totalCents).toBe(12_147);
    expect(lines[0]?.allocation).toEqual({
      subtotalCents: [2_599, 2_599, 2_599, 2_599],
      discountCents: [0, 0, 0, 0],
      platformFeeCents: [130, 130, 130, 130],
      processingFeeCents: [83, 83, 83, 82],
      taxCents: [225, 225, 225, 225],
    });
  });

  it('allocates mixed prices line by line and lays nothing on the free tickets among them', () => {
    const { lines, ...amounts } = price([
      [2, 4_550],
      [1, 12_900],
      [3, 0],
    ]);
    expect(amounts).toEqual({
      currency: 'USD',
      subtotalCents: 22_000,
      discountCents: 0,
      platformFeeCents: 1_100,
      processingFeeCents: 668,
      taxCents: 1_901,
      totalCents: 25_669,
      discounts: [],
    });
    expect(lines.map((line) => line.totalPriceCents)).toEqual([9_100, 12_900, 0]);
    expect(lines.map((line) => line.allocation)).toEqual([
      {
        subtotalCents: [4_550, 4_550],
        discountCents: [0, 0],
        platformFeeCents: [228, 227],
        processingFeeCents: [138, 138],
        taxCents: [393, 393],
      },
      {
        subtotalCents: [12_900],
        discountCents: [0],
        platformFeeCents: [645],
        processingFeeCents: [392],
        taxCents: [1_115],
      },
      {
        subtotalCents: [0, 0, 0],
        discountCents: [0, 0, 0],
        platformFeeCents: [0, 0, 0],
        processingFeeCents: [0, 0, 0],
        taxCents: [0, 0, 0],
      },
    ]);
  });

  it('charges nothing for free tickets, not even the fixed fee', () => {
    expect(price([[3, 0]])).toMatchObject({
      subtotalCents: 0,
      platformFeeCents: 0,
      processingFeeCents: 0,
      taxCents: 0,
      totalCents: 0,
    });
  });

  it('is the bare price where no fee and no tax applies', () => {
    expect(price([[2, 4_999]], { policy: NO_FEES })).toMatchObject({ taxCents: 0, totalCents: 9_998 });
  });

  it('charges the fixed fee though the percentage of the processing fee is 0', () => {
    const policy = { ...NO_FEES, processingFeeFixedCents: 30 };
    expect(price([[1, 1]], { policy })).toMatchObject({ processingFeeCents: 30, totalCents: 31 });
  });
});

describe('orders in euros', () => {
  it('prices two tickets of 49.90 € with 19 % tax at 128.50 €', () => {
    const order = price([[2, 4_990]], { currency: 'EUR', policy: { ...SEED_POLICY, taxBps: 1_900 } });
    expect(order).toMatchObject({
      currency: 'EUR',
      subtotalCents: 9_980,
      platformFeeCents: 499,
      processingFeeCents: 319,
      taxCents: 2_052,
      totalCents: 12_850,
    });
    expect(order.lines[0]?.allocation).toMatchObject({
      platformFeeCents: [250, 249],
      processingFeeCents: [160, 159],
      taxCents: [1_026, 1_026],
    });
  });

  it('prices three tickets of 33.33 € with 20 % tax at 129.83 €', () => {
    const order = price([[3, 3_333]], { currency: 'EUR', policy: { ...SEED_POLICY, taxBps: 2_000 } });
    expect(order).toMatchObject({
      platformFeeCents: 500,
      processingFeeCents: 320,
      taxCents: 2_164,
      totalCents: 12_983,
    });
    expect(order.lines[0]?.allocation).toMatchObject({
      platformFeeCents: [167, 167, 166],
      processingFeeCents: [107, 107, 106],
      taxCents: [722, 721, 721],
    });
  });
});

describe('orders in yen, which has no smaller unit', () => {
  const policy = { ...SEED_POLICY, taxBps: 1_000 };

  it('prices one ticket of ¥5500 with 10 % tax at ¥6562', () => {
    expect(price([[1, 5_500]], { currency: 'JPY', policy })).toMatchObject({
      currency: 'JPY',
      platformFeeCents: 275,
      processingFeeCents: 190,
      taxCents: 597,
      totalCents: 6_562,
    });
  });

  it('prices three tickets of ¥3333 at ¥11901', () => {
    const order = price([[3, 3_333]], { currency: 'JPY', policy });
    expect(order.totalCents).toBe(11_901);
    expect(order.lines[0]?.allocation.taxCents).toEqual([361, 361, 360]);
  });
});

describe('orders in Kuwaiti dinars, which have three decimal places', () => {
  it('prices two tickets of 12.500 KWD without tax at 27.075 KWD', () => {
    const policy = { ...SEED_POLICY, processingFeeFixedCents: 100, taxBps: 0 };
    const order = price([[2, 12_500]], { currency: 'KWD', policy });
    expect(order).toMatchObject({
      currency: 'KWD',
      platformFeeCents: 1_250,
      processingFeeCents: 825,
      taxCents: 0,
      totalCents: 27_075,
    });
    expect(order.lines[0]?.allocation).toMatchObject({
      processingFeeCents: [413, 412],
      taxCents: [0, 0],
    });
  });

  it('prices three tickets of 3.335 KWD with 5 % tax at 11.440 KWD', () => {
    const policy = { ...SEED_POLICY, processingFeeFixedCents: 100, taxBps: 500 };
    expect(price([[3, 3_335]], { currency: 'KWD', policy })).toMatchObject({
      platformFeeCents: 500,
      processingFeeCents: 390,
      taxCents: 545,
      totalCents: 11_440,
    });
  });
});
