import fc from 'fast-check';
import type { HttpRequest } from '../support/http-request.js';
import { named, type Known } from './known-things.js';
import { FAITHFUL, WILD, mostly, valueOf, type Grammar, type Json, type Mood } from './value-grammar.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** What changes orders is asked more often than what lists policies. */
const WEIGHT_OF_ORDERS = 4;
const WEIGHT_OF_CREATE = 10;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly description: Json;
}

/** A request with the route it was made for, as the OpenAPI document names it. */
export interface MadeRequest extends HttpRequest {
  readonly route: string;
}

/** Any request the OpenAPI document allows, and many that it does not. */
export function requestsOf(document: Json, known: Known): fc.Arbitrary<MadeRequest> {
  const operations = Object.entries(document['paths'] as Json).flatMap(([path, item]) =>
    METHODS.filter((method) => method in (item as Json)).map((method) => ({
      method,
      path,
      description: (item as Json)[method] as Json,
    })),
  );
  return fc.oneof(
    ...operations.flatMap((operation) =>
      [FAITHFUL, FAITHFUL, WILD].map((mood) => ({
        arbitrary: requestOf({ document, known: knownAt(operation, known), mood }, operation),
        weight: weightOf(operation),
      })),
    ),
  );
}

/** What calls an event off gets one that is no longer needed: nothing could be sold any more. */
function knownAt({ path }: Operation, known: Known): Known {
  const { doomedEventId } = known.byName;
  if (doomedEventId === undefined || !path.endsWith('/bulk/cancel')) return known;
  return { ...known, byName: { ...known.byName, eventId: doomedEventId } };
}

function weightOf({ method, path }: Operation): number {
  if (method === 'post' && path === '/api/v1/orders') return WEIGHT_OF_CREATE;
  return method === 'post' && path.startsWith('/api/v1/orders') ? WEIGHT_OF_ORDERS : 1;
}

function requestOf(grammar: Grammar, operation: Operation): fc.Arbitrary<MadeRequest> {
  const { known, mood } = grammar;
  const { method, path, description } = operation;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const anyId = mood.isFaithful ? known.anyId() : fc.oneof(known.anyId(), fc.uuid(), junkText());
  return fc
    .record({
      ids: fc.tuple(...names.map((name) => named(known, mood, name, anyId))),
      query: queryOf(grammar, description),
      token: tokenOf(grammar, path),
      key: fc.oneof(
        { arbitrary: mostly(mood, fc.uuid(), junkHeader()), weight: 30 },
        { arbitrary: known.keys.any(), weight: 1 },
      ),
      ifMatch: ifMatchOf(mood),
      payload: payloadOf(grammar, description),
    })
    .map((parts) => ({
      route: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: `${filled(path, parts.ids)}${parts.query}`,
      token: parts.token,
      ...(method === 'get' ? {} : { key: parts.key, raw: parts.payload }),
      headers: parts.ifMatch === null ? {} : { 'if-match': parts.ifMatch },
    }));
}

/** Usually of somebody the route is for. */
function tokenOf({ known, mood }: Grammar, path: string): fc.Arbitrary<string> {
  const { buyer, admin, sibling } = known.tokens;
  const isInternal = path.startsWith('/internal');
  const isOfOrders = path.startsWith('/api/v1/orders') && !path.endsWith('/explain');
  const fitting = isInternal ? [sibling] : isOfOrders ? [buyer, buyer, admin] : [admin];
  const others = fc.oneof(fc.constantFrom(buyer, admin, sibling), junkHeader());
  return fc.oneof(
    { arbitrary: fc.constantFrom(...fitting), weight: mood.isFaithful ? 60 : 6 },
    { arbitrary: others, weight: 1 },
  );
}

function ifMatchOf(mood: Mood): fc.Arbitrary<string | null> {
  const condition = mostly(mood, fc.constantFrom('"v1"', '"v2"', '*'), junkHeader());
  return fc.oneof(
    { arbitrary: fc.constant(null), weight: mood.isFaithful ? 12 : 3 },
    { arbitrary: condition, weight: 1 },
  );
}

function filled(path: string, ids: readonly string[]): string {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids[next++] ?? '').replaceAll('.', '%2E'));
}

/** The query of an address: known names with fitting values, or strange ones, repeated ones, and broken encodings. */
function queryOf({ known, mood }: Grammar, description: Json): fc.Arbitrary<string> {
  const parameters = ((description['parameters'] ?? []) as readonly Json[]).filter(
    (one) => one['in'] === 'query',
  );
  const names = parameters.map((one) => String(one['name']));
  const fitting = names.filter((name) => name in FITTING_QUERY);
  const usual = fc
    .subarray(fitting, { maxLength: Math.min(2, fitting.length) })
    .chain((chosen) => fc.tuple(...chosen.map((name) => fittingPair(name))));
  const name = names.length === 0 ? junkText() : mostly(mood, fc.constantFrom(...names), junkText());
  const wild = fc.array(fc.tuple(name, mostly(mood, queryValue(known), junkText())), { maxLength: 3 });
  return fc.oneof(
    { arbitrary: usual.map(queryText), weight: mood.isFaithful ? 60 : 1 },
    { arbitrary: wild.map(queryText), weight: mood.isFaithful ? 1 : 3 },
  );
}

const FITTING_QUERY: Readonly<Record<string, readonly string[]>> = {
  limit: ['1', '20', '100'],
  sort: ['createdAt', '-createdAt'],
  status: ['PENDING', 'RESERVED,EXPIRED', 'CANCELLED,REFUNDED,COMPLETED'],
  createdFrom: ['2020-01-01T00:00:00.000Z'],
  createdTo: ['2040-01-01T00:00:00.000Z'],
  withinSeconds: ['0', '600'],
  state: ['OPEN', 'RESOLVED'],
  outcome: ['refused', 'done'],
};

function fittingPair(name: string): fc.Arbitrary<readonly [string, string]> {
  return fc.constantFrom(...(FITTING_QUERY[name] ?? [''])).map((value) => [name, value] as const);
}

function queryText(pairs: readonly (readonly [string, string])[]): string {
  const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return text.length === 0 ? '' : `?${text.join('&')}`;
}

function queryValue(known: Known): fc.Arbitrary<string> {
  return fc.oneof(
    fc.integer({ min: -5, max: 150 }).map(String),
    fc.constantFrom('PENDING', 'RESERVED,EXPIRED', 'createdAt', '-createdAt', '', '1e3', '0x10'),
    known.anyId(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.base64String({ maxLength: 80 }),
  );
}

/** Well-formed text: what cannot be put into an address at all goes over raw sockets (`raw-grammar.ts`). */
function junkText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('__proto__', 'constructor', '\u0000', "' or 1=1 --", '../..', '%', 'null', 'NaN'),
  );
}

function junkHeader(): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => text.trim());
}

function payloadOf(grammar: Grammar, description: Json): fc.Arbitrary<string> {
  const { mood } = grammar;
  const schema = bodySchema(description);
  const fitting = schema === undefined ? fc.constant({}) : valueOf(grammar, schema);
  return fc.oneof(
    { arbitrary: fitting.map((value) => JSON.stringify([value]).slice(1, -1)), weight: mood.usual },
    { arbitrary: fc.json({ noUnicodeString: false }), weight: 1 },
    { arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }), weight: 1 },
  );
}

function bodySchema(description: Json): Json | undefined {
  const content = (description['requestBody'] as Json | undefined)?.['content'] as Json | undefined;
  return (content?.['application/json'] as Json | undefined)?.['schema'] as Json | undefined;
}
