import { DAY_MS, formatMoney, HOUR_MS, isCurrency, MINUTE_MS, SECOND_MS } from '@app/kernel';

/** Longest age first. */
const UNITS = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
] as const;

/** A JSON value on one line; what a sibling or a caller wrote must not steer the operator's terminal. */
export function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '�');
}

/** `2026-11-22 18:03:11Z, 3 min ago`; `-` for none. */
export function when(instant: string | null, now: Date): string {
  if (instant === null) return '-';
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return plain(instant);
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z, ${distance(at.getTime() - now.getTime())}`;
}

function distance(ms: number): string {
  const [unitMs, name] = UNITS.find(([size]) => Math.abs(ms) >= size) ?? [SECOND_MS, 's'];
  const count = Math.floor(Math.abs(ms) / unitMs);
  if (count === 0) return 'now';
  return ms < 0 ? `${count} ${name} ago` : `in ${count} ${name}`;
}

export function money(cents: number, currency: string): string {
  return isCurrency(currency) ? formatMoney(cents, currency) : `${cents} minor units of ${plain(currency)}`;
}

/** `code: EXCEEDS_CAPTURED, status: 422`; `-` for nothing. */
export function members(details: Readonly<Record<string, unknown>> | null): string {
  const pairs = Object.entries(details ?? {}).filter(([, value]) => value !== null);
  return pairs.length === 0
    ? '-'
    : pairs.map(([name, value]) => `${plain(name)}: ${plain(value)}`).join(', ');
}

/** Columns as wide as their widest cell; nothing is cut, so that ids can be copied. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_heading, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values below each other. */
export function sheet(facts: readonly (readonly [string, string])[]): string {
  return table(['', ''], facts).trimStart();
}

/** `1 finding`, `3 findings` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
