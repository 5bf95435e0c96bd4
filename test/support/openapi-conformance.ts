import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { HttpAnswer } from './http-request.js';

const DOCUMENT_ID = 'https://order-service.test/openapi.json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** Headers that the contract names; every answer that carries one must have it documented. */
const CONTRACT_HEADERS = [
  'x-request-id',
  'cache-control',
  'etag',
  'location',
  'retry-after',
  'www-authenticate',
  'ratelimit',
  'ratelimit-policy',
  'idempotency-replayed',
];
/** Documented headers that every such answer carries, whatever it is about. */
const STANDING_HEADERS = ['x-request-id', 'location', 'etag', 'www-authenticate'];

type Json = Record<string, unknown>;

export interface Operation {
  readonly method: string;
  /** `/api/v1/orders/{orderId}` */
  readonly path: string;
  readonly description: Json;
}

/** An OpenAPI document that real answers are held against. */
export class OpenApiConformance {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(readonly document: Json) {
    formats.default(this.ajv);
    // An answer may hold nothing that is not described.
    this.ajv.addSchema({ ...(closed(document) as Json), $id: DOCUMENT_ID });
  }

  operations(): readonly Operation[] {
    return Object.entries(member(this.document, 'paths')).flatMap(([path, item]) =>
      METHODS.filter((method) => method in (item as Json)).map((method) => ({
        method: method.toUpperCase(),
        path,
        description: member(item, method),
      })),
    );
  }

  operation(route: string): Operation {
    const wanted = route.replaceAll(/:(\w+)/g, '{$1}');
    const found = this.operations().find(({ method, path }) => `${method} ${path}` === wanted);
    if (found === undefined) throw new Error(`${route} is not described.`);
    return found;
  }

  statusesOf(route: string): readonly number[] {
    return Object.keys(member(this.operation(route).description, 'responses')).map(Number);
  }

  /** What is wrong with this answer, as sentences; none when it is as described. */
  flaws(route: string, answer: HttpAnswer): readonly string[] {
    const { method, path, description } = this.operation(route);
    const response = member(description, 'responses')[String(answer.status)];
    if (response === undefined) return [`status ${answer.status} (${String(answer.code)}) is not described`];
    const content = member(response, 'content');
    const mediaType = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const headers = headerFlaws(Object.keys(member(response, 'headers')), answer);
    if (answer.text === '' && Object.keys(content).length === 0) return headers;
    if (!(mediaType in content)) return [...headers, `media type ${mediaType} is not described`];
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(answer.status), 'content'];
    const value: unknown = mediaType.endsWith('json') ? answer.json() : answer.text;
    return [...headers, ...this.schemaFlaws([...pointer, mediaType, 'schema'], value)];
  }

  /** What is wrong with this JSON body of a request; one that is not sent is right where none is required. */
  requestFlaws(route: string, body: unknown): readonly string[] {
    const { method, path, description } = this.operation(route);
    const described = member(description, 'requestBody');
    if (body === undefined) return described['required'] === true ? ['a body is required'] : [];
    if (!('application/json' in member(described, 'content'))) return ['no JSON body is described'];
    const pointer = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json'];
    return this.schemaFlaws([...pointer, 'schema'], body);
  }

  /** @param pointer the schema's place in the document */
  schemaFlaws(pointer: readonly string[], value: unknown): readonly string[] {
    const reference = `${DOCUMENT_ID}#/${pointer.map(token).join('/')}`;
    const validate = this.validators.get(reference) ?? this.ajv.compile({ $ref: reference });
    this.validators.set(reference, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
  }

  /** Every `$ref` of the document that leads nowhere. */
  brokenReferences(): readonly string[] {
    const references = [...JSON.stringify(this.document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    return [...new Set(references)].filter(
      (reference) =>
        reference
          .split('/')
          .reduce<unknown>((node, name) => member(node)[decodeURIComponent(name)], this.document) ===
        undefined,
    );
  }
}

function headerFlaws(described: readonly string[], answer: HttpAnswer): string[] {
  const known = described.map((name) => name.toLowerCase());
  const undescribed = CONTRACT_HEADERS.filter((name) => answer.headers.has(name) && !known.includes(name));
  const missing = STANDING_HEADERS.filter((name) => known.includes(name) && !answer.headers.has(name));
  const retryable = answer.body['retryable'] === true && !answer.headers.has('retry-after');
  return [
    ...undescribed.map((name) => `header ${name} is not described`),
    ...missing.map((name) => `header ${name} is described but missing`),
    ...(retryable ? ['retryable without Retry-After'] : []),
  ];
}

function token(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The member as an object; without a name the value itself. */
function member(value: unknown, name?: string): Json {
  const found = name === undefined ? value : member(value)[name];
  return typeof found === 'object' && found !== null ? (found as Json) : {};
}

function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpenObject =
    copy['type'] === 'object' &&
    'properties' in copy &&
    'required' in copy &&
    !('additionalProperties' in copy);
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}
