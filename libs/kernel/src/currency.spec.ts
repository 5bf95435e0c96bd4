import { currencyExponent, formatMoney, isCurrency } from './currency.js';

describe('a currency', () => {
  it.each(['USD', 'EUR', 'JPY', 'KWD'])('may be %s', (code) => {
    expect(isCurrency(code)).toBe(true);
  });

  it.each(['usd', 'ZZZ', '', 'US', 840, null, ['USD']])('is not %j', (code) => {
    expect(isCurrency(code)).toBe(false);
  });

  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
  ])('%s has %d decimal places', (code, exponent) => {
    expect(currencyExponent(code)).toBe(exponent);
  });
});

describe('an amount for people', () => {
  it.each([
    [11_686, 'USD', '116.86 USD'],
    [5, 'USD', '0.05 USD'],
    [50, 'USD', '0.50 USD'],
    [0, 'USD', '0.00 USD'],
    [1_500, 'JPY', '1500 JPY'],
    [0, 'JPY', '0 JPY'],
    [1_234, 'KWD', '1.234 KWD'],
    [7, 'KWD', '0.007 KWD'],
  ])('%d of %s is %s', (amountCents, currency, expected) => {
    expect(formatMoney(amountCents, currency)).toBe(expected);
  });
});
