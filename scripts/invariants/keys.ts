import { violation, type Books, type LedgerEntry, type Violation } from './books.js';

/** What each effect's key begins with; payment-service confirms and lookups are not ours to key. */
const KEY_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['reserve', 'reserve'],
  ['confirm', 'confirm'],
  ['release', 'release'],
  ['create-intent', 'intent'],
  ['cancel-intent', 'cancel'],
  ['refund', 'refund'],
]);

/**
 * I2: one distinct key for each order, effect and generation (each refund for refunds) was ever seen downstream, and
 * never with other bytes.
 */
export function checkKeys(books: Books): readonly Violation[] {
  return books.siblings.entries.flatMap((entry) => [...wrongKey(entry), ...otherBytes(entry)]);
}

function wrongKey(entry: LedgerEntry): readonly Violation[] {
  const prefix = KEY_PREFIXES.get(entry.operation);
  // A batch of reservations carries no key of its own: its elements are known by order and generation.
  if (prefix === undefined || entry.key === null) return [];
  const expected =
    entry.operation === 'refund'
      ? `${prefix}:${entry.refundId ?? ''}`
      : `${prefix}:${entry.orderId}:${entry.generation ?? ''}`;
  const isPartOf = entry.operation === 'release' && entry.key.startsWith(`${expected}:`);
  return entry.key === expected || isPartOf
    ? []
    : [
        violation(
          'I2',
          entry.orderId,
          `${entry.operation} came under the key ${entry.key} instead of ${expected}.`,
        ),
      ];
}

function otherBytes(entry: LedgerEntry): readonly Violation[] {
  return entry.code === 'KEY_REUSED'
    ? [
        violation(
          'I2',
          entry.orderId,
          `${entry.operation} used the key ${entry.key ?? 'of its order and generation'} for two different requests.`,
        ),
      ]
    : [];
}
