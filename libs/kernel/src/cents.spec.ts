import { isAppError } from './app-error.js';
import { assertCents, divideHalfUp, multiplyCents, shareCents, sumCents, toCents } from './cents.js';

const LARGEST = 9_007_199_254_740_991;

function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (isAppError(error)) return `${error.code} ${String(error.params['reason'])}`;
    throw error;
  }
  return 'no refusal';
}

describe('an amount of money', () => {
  it.each([0, 1, LARGEST])('may be %d cents', (amount) => {
    expect(assertCents(amount)).toBe(amount);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, LARGEST + 1])('is never %d', (amount) => {
    expect(refusalOf(() => assertCents(amount))).toBe(
      `MONEY_INVALID ${amount} is not a whole, non-negative amount`,
    );
  });

  it('is exact up to 2^53 − 1 and refused above it', () => {
    expect(toCents(9_007_199_254_740_991n)).toBe(LARGEST);
    expect(toCents(0n)).toBe(0);
    expect(refusalOf(() => toCents(9_007_199_254_740_992n))).toBe(
      'AMOUNT_OUT_OF_RANGE the amount is larger than 2^53 − 1 minor units',
    );
    expect(refusalOf(() => toCents(-1n))).toBe('MONEY_INVALID -1 is negative');
  });
});

describe('a sum', () => {
  it('adds amounts, and nothing is 0', () => {
    expect(sumCents([1, 20, 300])).toBe(321);
    expect(sumCents([])).toBe(0);
  });

  it('that would lose a cent is refused', () => {
    expect(sumCents([LARGEST - 1, 1])).toBe(LARGEST);
    expect(refusalOf(() => sumCents([LARGEST, 1]))).toContain('AMOUNT_OUT_OF_RANGE');
  });

  it('takes no part that is no amount', () => {
    expect(refusalOf(() => sumCents([5, -5]))).toContain('MONEY_INVALID');
  });
});

describe('a product', () => {
  it('is a price so many times', () => {
    expect(multiplyCents(4_599, 3)).toBe(13_797);
    expect(multiplyCents(4_599, 0)).toBe(0);
  });

  it('that would lose a cent is refused', () => {
    expect(refusalOf(() => multiplyCents(LARGEST, 2))).toContain('AMOUNT_OUT_OF_RANGE');
  });

  it('takes neither a negative price nor half a ticket', () => {
    expect(refusalOf(() => multiplyCents(-1, 1))).toContain('MONEY_INVALID');
    expect(refusalOf(() => multiplyCents(1, 0.5))).toContain('MONEY_INVALID');
  });
});

describe('a quotient', () => {
  it.each([
    [4n, 3n, 1n],
    [5n, 3n, 2n],
    [1n, 2n, 1n],
    [3n, 2n, 2n],
    [0n, 7n, 0n],
    [9n, 1n, 9n],
  ])('%d / %d is rounded half-up to %d', (numerator, denominator, expected) => {
    expect(divideHalfUp(numerator, denominator)).toBe(expected);
  });

  it.each([
    [-1n, 1n],
    [1n, 0n],
    [1n, -1n],
  ])('of %d by %d is a bug', (numerator, denominator) => {
    expect(refusalOf(() => divideHalfUp(numerator, denominator))).toBe(
      `MONEY_INVALID cannot divide ${numerator} by ${denominator}`,
    );
  });
});

describe('a share in basis points', () => {
  it.each([
    [10_000, 825, 825],
    [1_050, 500, 53],
    [1_049, 500, 52],
    [100, 10_000, 100],
    [100, 15_000, 150],
    [100, 0, 0],
    [LARGEST, 10_000, LARGEST],
  ])('of %d at %d is %d', (amount, bps, expected) => {
    expect(shareCents(amount, bps)).toBe(expected);
  });

  it('takes no amount and no rate below 0', () => {
    expect(refusalOf(() => shareCents(-1, 500))).toContain('MONEY_INVALID');
    expect(refusalOf(() => shareCents(100, -1))).toContain('MONEY_INVALID');
  });
});
