import { AppError } from './app-error.js';

/** The largest amount the service ever handles: JSON numbers stay exact up to here. */
export const CENTS_MAX = Number.MAX_SAFE_INTEGER;

/** One hundred per cent in basis points. */
export const BPS_MAX = 10_000;

/**
 * Checks that `value` is an amount of money: a whole number of minor units, 0 … 2^53 − 1.
 * @throws MONEY_INVALID (a bug of ours, never the caller's fault)
 */
export function assertCents(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new AppError('MONEY_INVALID', { reason: `${String(value)} is not a whole, non-negative amount` });
  }
  return value;
}

/**
 * Adds amounts and refuses a sum that a JSON number could not carry exactly.
 * @throws AMOUNT_OUT_OF_RANGE when the sum exceeds 2^53 − 1
 */
export function sumCents(amounts: readonly number[]): number {
  let sum = 0n;
  for (const amount of amounts) sum += BigInt(assertCents(amount));
  return toCents(sum);
}

/**
 * Multiplies a unit price by a quantity.
 * @throws AMOUNT_OUT_OF_RANGE when the product exceeds 2^53 − 1
 */
export function multiplyCents(unitCents: number, quantity: number): number {
  return toCents(BigInt(assertCents(unitCents)) * BigInt(assertCents(quantity)));
}

/**
 * `numerator / denominator`, rounded half-up to a whole number, in integer arithmetic.
 * @param numerator 0 or more   @param denominator 1 or more
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator <= 0n) {
    throw new AppError('MONEY_INVALID', { reason: `cannot divide ${numerator} by ${denominator}` });
  }
  return (2n * numerator + denominator) / (2n * denominator);
}

/**
 * The share of `amountCents` that `bps` basis points make, rounded half-up once.
 * @param bps 0 … 10 000 or above for a surcharge of more than 100 %
 */
export function shareCents(amountCents: number, bps: number): number {
  return toCents(divideHalfUp(BigInt(assertCents(amountCents)) * BigInt(assertCents(bps)), BigInt(BPS_MAX)));
}

/** @throws AMOUNT_OUT_OF_RANGE when the amount is above 2^53 − 1 */
export function toCents(amount: bigint): number {
  if (amount < 0n) throw new AppError('MONEY_INVALID', { reason: `${amount} is negative` });
  if (amount > BigInt(CENTS_MAX))
    throw new AppError('AMOUNT_OUT_OF_RANGE', { reason: 'the amount is larger than 2^53 − 1 minor units' });
  return Number(amount);
}
