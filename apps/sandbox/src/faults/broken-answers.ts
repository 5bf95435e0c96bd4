/** The amount a wrong answer is off by, in minor units. */
export const WRONG_BY_CENTS = 100;

const AMOUNT_MEMBERS: ReadonlySet<string> = new Set(['amountCents', 'amountReceivedCents', 'unitPriceCents']);

/**
 * The body with every amount off by one hundred minor units, however deep it lies. Nothing received stays
 * nothing, so that an unpaid intent does not look paid.
 */
export function withWrongAmounts(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withWrongAmounts);
  if (body === null || typeof body !== 'object') return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]: [string, unknown]) => {
      if (!AMOUNT_MEMBERS.has(name) || typeof value !== 'number') return [name, withWrongAmounts(value)];
      return [name, name === 'amountReceivedCents' && value === 0 ? 0 : value + WRONG_BY_CENTS];
    }),
  );
}

/**
 * Text that no client may take for the answer: in turns JSON that breaks off, and JSON without the promised
 * members (a missing intent id once lost money).
 */
export function garbled(body: unknown, count: number): string {
  const text = JSON.stringify(body ?? null);
  return count % 2 === 1 ? text.slice(0, Math.max(1, Math.floor(text.length / 2))) : '{"ok":true}';
}
