/** ISO 4217 codes and the number of decimal places of their minor unit, as the runtime's ICU data has them. */
const CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && CODES.has(code);
}

/** Decimal places of the minor unit: USD 2, JPY 0, KWD 3. */
export function currencyExponent(code: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      .maximumFractionDigits ?? 2
  );
}

/** An amount for people, such as `116.86 USD`; never for computing. */
export function formatMoney(amountCents: number, currency: string): string {
  const exponent = currencyExponent(currency);
  const digits = String(amountCents).padStart(exponent + 1, '0');
  if (exponent === 0) return `${digits} ${currency}`;
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)} ${currency}`;
}
