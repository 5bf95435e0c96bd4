import type { SentStatement } from './wire-reader.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const ORDER_NUMBER = /ORD-[0-9A-Z]{12}/g;
const SUFFIX_LENGTH = 12;
/** Stand for the end of an id and of an order number; neither can hold an underscore. */
const ID_MARK = '_id_________';
const NUMBER_MARK = '_number_____';
/** A number of this transaction's own, in as many hexadecimal digits. */
const OWN_DIGITS = `lpad(to_hex(:n::bigint), ${SUFFIX_LENGTH}, '0')`;

/** The types of a statement's parameters, as PostgreSQL derives them. */
export type ParameterTypes = (sql: string) => Promise<readonly string[]>;

/**
 * A pgbench script that repeats a transaction with ids of its own every time. What was made afresh for the transaction
 * is found by comparison with a second one of the same kind.
 */
export async function replayScript(
  transaction: readonly SentStatement[],
  another: readonly SentStatement[],
  typesOf: ParameterTypes,
): Promise<string> {
  const known = new Set(another.flatMap(({ values }) => values.flatMap((value) => namesIn(value ?? ''))));
  const statements: string[] = [];
  for (const { sql, values } of transaction) {
    const types = await typesOf(sql);
    const text = sql.replaceAll(/\$(\d+)/g, (_place, digits: string) => {
      const index = Number(digits) - 1;
      const value = values[index] ?? null;
      return value === null ? 'null' : `(${expressionOf(value, known)})::${types[index] ?? 'text'}`;
    });
    statements.push(`${text.trim()};`);
  }
  return [
    '\\set i :i + 1',
    '\\set n :client_id * 1000000000 + :i',
    'start transaction;',
    ...statements,
    'commit;',
    '',
  ].join('\n');
}

function namesIn(text: string): readonly string[] {
  return [...(text.match(UUID) ?? []), ...(text.match(ORDER_NUMBER) ?? [])];
}

function expressionOf(value: string, known: ReadonlySet<string>): string {
  const marked = value
    .replaceAll(UUID, (id) => (known.has(id) ? id : `${id.slice(0, -SUFFIX_LENGTH)}${ID_MARK}`))
    .replaceAll(ORDER_NUMBER, (number) => (known.has(number) ? number : `ORD-${NUMBER_MARK}`));
  const withIds = marked.includes(ID_MARK)
    ? `replace(${literal(marked)}, '${ID_MARK}', ${OWN_DIGITS})`
    : literal(marked);
  return marked.includes(NUMBER_MARK)
    ? `replace(${withIds}, '${NUMBER_MARK}', upper(${OWN_DIGITS}))`
    : withIds;
}

/** pgbench takes a colon for the beginning of a variable, also inside quotes. */
function literal(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll(':', '\\x3a')
    .replaceAll(';', '\\x3b');
  return `E'${escaped}'`;
}
