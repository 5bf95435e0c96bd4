import fc from 'fast-check';
import { named, type Known } from './known-things.js';

export type Json = Readonly<Record<string, unknown>>;

/**
 * How strange a request is. A faithful one keeps every rule of the description and is strange only within them, so that
 * it reaches what lies behind the checks; a wild one breaks a rule here and there.
 */
export interface Mood {
  readonly isFaithful: boolean;
  /** To one part that is odd, so many usual ones: a request has some twenty, and one odd one is enough to refuse it. */
  readonly usual: number;
}

export const FAITHFUL: Mood = { isFaithful: true, usual: 400 };
export const WILD: Mood = { isFaithful: false, usual: 24 };

export function mostly<T>(mood: Mood, usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: mood.usual }, { arbitrary: odd, weight: 1 });
}

const DEPTH_MAX = 6;

/** What a value is made by. */
export interface Grammar {
  readonly document: Json;
  readonly known: Known;
  readonly mood: Mood;
}

/** A value of this schema; in a wild mood every member is now and then missing, of another type, or beyond a limit. */
export function valueOf(grammar: Grammar, schema: Json, depth = 0): fc.Arbitrary<unknown> {
  return mostly<unknown>(grammar.mood, fittingValue(grammar, schema, depth), junkValue());
}

function fittingValue(grammar: Grammar, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const { document } = grammar;
  const reference = schema['$ref'];
  if (typeof reference === 'string' && depth < DEPTH_MAX) {
    const name = reference.split('/').at(-1) ?? '';
    const schemas = (document['components'] as Json)['schemas'] as Json;
    return fittingValue(grammar, schemas[name] as Json, depth + 1);
  }
  const members = schema['enum'];
  if (Array.isArray(members)) return fc.constantFrom(...(members as unknown[]));
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return objectOf(grammar, schema, depth);
    case 'array':
      return fc.array(
        valueOf(grammar, schema['items'] as Json, depth + 1),
        arrayBounds(grammar.mood, schema),
      );
    case 'integer':
      return integerOf(grammar.mood, schema);
    case 'boolean':
      return fc.boolean();
    default:
      return textOf(grammar, schema);
  }
}

function arrayBounds({ isFaithful }: Mood, schema: Json): { minLength: number; maxLength: number } {
  // A faithful order has one line: one that names a ticket type twice is refused.
  return isFaithful
    ? { minLength: 1, maxLength: boundOf(schema, 'minItems', 1) }
    : { minLength: 0, maxLength: 3 };
}

function objectOf(grammar: Grammar, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const { known, mood } = grammar;
  const members = Object.entries((schema['properties'] ?? {}) as Json).map(
    ([name, inner]) => [name, named(known, mood, name, valueOf(grammar, inner as Json, depth + 1))] as const,
  );
  if (members.length === 0) return openObject(mood);
  const required = ((schema['required'] ?? []) as readonly string[]).filter((name) =>
    members.some(([member]) => member === name),
  );
  // What a buyer was shown, or a code that nobody has, refuses an order that is right otherwise.
  const risky = mood.isFaithful ? members.filter(([name]) => known.rarely.includes(name)) : [];
  const tame = members.filter((member) => required.includes(member[0]) || !risky.includes(member));
  const record = (parts: typeof members, requiredKeys: readonly string[]): fc.Arbitrary<unknown> =>
    fc.record(Object.fromEntries(parts), { requiredKeys: [...requiredKeys] });
  const fitting = fc.oneof(
    { arbitrary: record(tame, required), weight: 9 },
    { arbitrary: record(members, required), weight: 1 },
  );
  return mostly<unknown>(mood, fitting, record(members, []));
}

/** An object of names that its owner chooses. */
function openObject({ isFaithful }: Mood): fc.Arbitrary<unknown> {
  const unit = isFaithful ? strangeCharacter() : 'grapheme-ascii';
  const name = fc.string({ unit, minLength: isFaithful ? 1 : 0, maxLength: isFaithful ? 12 : 45 });
  const safe = name.filter(
    (text) => !isFaithful || !['__proto__', 'constructor', 'prototype'].includes(text),
  );
  return fc.dictionary(safe, fc.string({ unit, minLength: isFaithful ? 1 : 0, maxLength: 30 }), {
    maxKeys: 4,
  });
}

function boundOf(schema: Json, name: string, other: number): number {
  return typeof schema[name] === 'number' ? schema[name] : other;
}

function integerOf({ isFaithful }: Mood, schema: Json): fc.Arbitrary<unknown> {
  const [min, max] = [boundOf(schema, 'minimum', -1_000), boundOf(schema, 'maximum', 1_000_000)];
  const low = fc.integer({ min, max: Math.min(max, min + (isFaithful ? 3 : 100)) });
  return isFaithful ? low : fc.oneof(low, fc.constantFrom(min, max, min - 1, max + 1));
}

/** Right in length, strange in letters: several bytes, several directions, nothing to see, something to escape. */
function strangeCharacter(): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }), weight: 6 },
    {
      arbitrary: fc.constantFrom(
        'é',
        'ß',
        '漢',
        'ا',
        '\u202e',
        '\u200b',
        '🎟',
        "'",
        '"',
        '\\',
        '%',
        '<',
        '$',
        '\u2028',
      ),
      weight: 4,
    },
  );
}

function textOf({ known, mood }: Grammar, schema: Json): fc.Arbitrary<string> {
  const { isFaithful } = mood;
  if (schema['format'] === 'uuid') return isFaithful ? known.anyId() : fc.oneof(known.anyId(), fc.uuid());
  if (schema['format'] === 'email') return fc.emailAddress();
  if (schema['format'] === 'date-time') return anInstant();
  const longest = boundOf(schema, 'maxLength', 60);
  if (isFaithful) {
    // Two of our strange characters are pairs, which PostgreSQL and the limits may count differently.
    const maxLength = Math.max(1, Math.floor(longest / 2));
    return fc.string({ unit: strangeCharacter(), minLength: boundOf(schema, 'minLength', 1), maxLength });
  }
  return fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: longest + 1 }),
    fc.constantFrom('USD', 'EUR', 'FR', 'US', 'x'.repeat(longest + 1)),
  );
}

function anInstant(): fc.Arbitrary<string> {
  const [min, max] = [new Date('2020-01-01T00:00:00Z'), new Date('2040-01-01T00:00:00Z')];
  return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
}

export function junkValue(): fc.Arbitrary<unknown> {
  const odd = [null, true, '', '0', [], [[]], {}, 1e308, -0, 0.1, 2 ** 53, '\u0000', '\ud800'];
  return fc.oneof(
    fc.constantFrom<unknown[]>(...odd),
    fc.anything({ maxDepth: 2, maxKeys: 3, withNullPrototype: false }),
  );
}
