import fc from 'fast-check';
import type { HttpRequest } from '../support/http-request.js';

type Json = Readonly<Record<string, unknown>>;

/** What the generator may name besides strangers' ids: things that exist, so that it gets past the first checks. */
export interface Known {
  readonly tokens: readonly string[];
  readonly ids: readonly string[];
  /** Values that are right for members and path parameters of this name. */
  readonly byName: Readonly<Record<string, readonly string[]>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** To one that is odd, so many usual parts: a request has some twenty parts, and one odd one is enough to refuse it. */
const USUAL = 24;

/** Any request the OpenAPI document allows, and many that it does not: every part is now and then replaced by junk. */
export function requestsOf(document: Json, known: Known): fc.Arbitrary<HttpRequest> {
  const operations = Object.entries(document['paths'] as Json).flatMap(([path, item]) =>
    METHODS.filter((method) => method in (item as Json)).map((method) =>
      requestOf(document, known, { method, path, operation: (item as Json)[method] as Json }),
    ),
  );
  return fc.oneof(...operations);
}

function requestOf(
  document: Json,
  known: Known,
  { method, path, operation }: { readonly method: string; readonly path: string; readonly operation: Json },
): fc.Arbitrary<HttpRequest> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const anyId = fc.oneof(fc.constantFrom(...known.ids), fc.uuid(), junkText());
  const ids = fc.tuple(...names.map((name) => named(known, name, anyId)));
  const query = fc.dictionary(queryName(operation), mostly(queryValue(known), junkText()), {
    maxKeys: 3,
  });
  return fc
    .record({
      ids,
      query,
      token: mostly(fc.constantFrom(...known.tokens), junkHeader()),
      key: mostly(fc.uuid(), junkHeader()),
      ifMatch: fc.option(mostly(fc.constantFrom('"v1"', '"v2"', '*'), junkHeader()), { freq: 3 }),
      payload: payloadOf(document, known, operation),
    })
    .map((parts) => ({
      method: method.toUpperCase(),
      path: `${filled(path, parts.ids)}${queryText(parts.query)}`,
      token: parts.token,
      ...(method === 'get' ? {} : { key: parts.key, raw: parts.payload }),
      headers: parts.ifMatch === null ? {} : { 'if-match': parts.ifMatch },
    }));
}

function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: USUAL }, { arbitrary: odd, weight: 1 });
}

/** Usually what fits the name, otherwise what the caller makes of it. */
function named<T>(known: Known, name: string, other: fc.Arbitrary<T>): fc.Arbitrary<T | string> {
  const fitting = known.byName[name] ?? [];
  if (fitting.length === 0) return other;
  return fc.oneof({ arbitrary: fc.constantFrom(...fitting), weight: 8 }, { arbitrary: other, weight: 1 });
}

function filled(path: string, ids: readonly string[]): string {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids[next++] ?? '').replaceAll('.', '%2E'));
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function queryName(operation: Json): fc.Arbitrary<string> {
  const parameters = (operation['parameters'] ?? []) as readonly Json[];
  const names = parameters.filter((one) => one['in'] === 'query').map((one) => String(one['name']));
  return names.length === 0 ? junkText() : mostly(fc.constantFrom(...names), junkText());
}

function queryValue(known: Known): fc.Arbitrary<string> {
  return fc.oneof(
    fc.integer({ min: -5, max: 150 }).map(String),
    fc.constantFrom('PENDING', 'RESERVED,EXPIRED', 'createdAt', '-createdAt', '', '1e3', '0x10'),
    fc.constantFrom(...known.ids),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.base64String({ maxLength: 80 }),
  );
}

/** Well-formed text: what cannot be put into an address at all is tested over raw sockets. */
function junkText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('__proto__', 'constructor', '\u0000', "' or 1=1 --", '../..', '%', 'null', 'NaN'),
  );
}

function junkHeader(): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => text.trim());
}

function payloadOf(document: Json, known: Known, operation: Json): fc.Arbitrary<string> {
  const schema = bodySchema(operation);
  const fitting = schema === undefined ? fc.constant({}) : valueOf(document, known, schema, 0);
  return fc.oneof(
    { arbitrary: fitting.map((value) => JSON.stringify([value]).slice(1, -1)), weight: USUAL },
    { arbitrary: fc.json({ noUnicodeString: false }), weight: 1 },
    { arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }), weight: 1 },
  );
}

function bodySchema(operation: Json): Json | undefined {
  const content = (operation['requestBody'] as Json | undefined)?.['content'] as Json | undefined;
  return (content?.['application/json'] as Json | undefined)?.['schema'] as Json | undefined;
}

const DEPTH_MAX = 6;

/** A value of this schema; every member is now and then missing, of another type, at a limit or beyond it. */
function valueOf(document: Json, known: Known, schema: Json, depth: number): fc.Arbitrary<unknown> {
  return mostly<unknown>(fittingValue(document, known, schema, depth), junkValue());
}

function fittingValue(document: Json, known: Known, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const reference = schema['$ref'];
  if (typeof reference === 'string' && depth < DEPTH_MAX) {
    const name = reference.split('/').at(-1) ?? '';
    const schemas = (document['components'] as Json)['schemas'] as Json;
    return fittingValue(document, known, schemas[name] as Json, depth + 1);
  }
  const members = schema['enum'];
  if (Array.isArray(members)) return fc.constantFrom(...(members as unknown[]));
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return objectOf(document, known, schema, depth);
    case 'array':
      return fc.array(valueOf(document, known, schema['items'] as Json, depth + 1), { maxLength: 3 });
    case 'integer':
      return integerOf(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return textOf(schema, known);
  }
}

function objectOf(document: Json, known: Known, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const members = Object.entries((schema['properties'] ?? {}) as Json).map(
    ([name, inner]) =>
      [name, named(known, name, valueOf(document, known, inner as Json, depth + 1))] as const,
  );
  const required = ((schema['required'] ?? []) as readonly string[]).filter((name) =>
    members.some(([known]) => known === name),
  );
  const fitting = fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
  const incomplete = fc.record(Object.fromEntries(members), { requiredKeys: [] });
  const open = fc.dictionary(fc.string({ maxLength: 45 }), fc.string({ maxLength: 30 }), { maxKeys: 4 });
  return members.length === 0 ? open : mostly<unknown>(fitting, incomplete);
}

function integerOf(schema: Json): fc.Arbitrary<unknown> {
  const bound = (name: string, other: number): number =>
    typeof schema[name] === 'number' ? schema[name] : other;
  const [min, max] = [bound('minimum', -1_000), bound('maximum', 1_000_000)];
  return fc.oneof(
    fc.integer({ min, max: Math.min(max, min + 100) }),
    fc.constantFrom(min, max, min - 1, max + 1),
  );
}

function textOf(schema: Json, known: Known): fc.Arbitrary<string> {
  if (schema['format'] === 'uuid') return fc.oneof(fc.constantFrom(...known.ids), fc.uuid());
  if (schema['format'] === 'email') return fc.emailAddress();
  const length = schema['maxLength'];
  const maxLength = typeof length === 'number' ? length + 1 : 60;
  return fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.constantFrom('USD', 'EUR', 'FR', 'US', 'x'.repeat(maxLength)),
  );
}

function junkValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom<unknown[]>(
      null,
      true,
      '',
      '0',
      [],
      [[]],
      {},
      1e308,
      -0,
      0.1,
      2 ** 53,
      '\u0000',
      '\ud800',
    ),
    fc.anything({ maxDepth: 2, maxKeys: 3, withNullPrototype: false }),
  );
}
