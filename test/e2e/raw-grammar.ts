import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { ODD_METHODS, ODD_NUMBERS, ODD_QUERIES, ODD_TYPES, oddPaths } from './odd-parts.js';
import type { MadeRequest } from './request-grammar.js';

/** What is done to a request that no HTTP client would send so. */
const DEEDS = [
  'repeated header',
  'odd path',
  'odd query',
  'odd encoding of the body',
  'odd content type',
  'deep body',
  'large body',
  'numbers',
  'odd length',
  'odd method',
] as const;

export interface RawRequest {
  readonly deed: (typeof DEEDS)[number];
  readonly bytes: Buffer;
}

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly lines: readonly string[];
  readonly body: Buffer;
  /** The header lines that say how long the body is. */
  readonly length?: readonly string[];
}

/** The same request, odd in one way that only shows on the wire. */
export function rawRequestsOf(requests: fc.Arbitrary<MadeRequest>): fc.Arbitrary<RawRequest> {
  return fc
    .record({
      request: requests,
      deed: fc.constantFrom(...DEEDS),
      choice: fc.nat(),
      text: fc.string({ maxLength: 30 }),
    })
    .map(({ request, deed, choice, text }) => ({
      deed,
      bytes: written(changed(partsOf(request), deed, { choice, text })),
    }));
}

function partsOf({ method, path, token, key, headers, raw }: MadeRequest): Parts {
  const body = Buffer.from(typeof raw === 'string' ? raw : '');
  return {
    method,
    path,
    body,
    lines: [
      `Authorization: Bearer ${oneLine(token ?? '')}`,
      ...(key === undefined ? [] : [`Idempotency-Key: ${oneLine(key)}`]),
      ...(body.length === 0 ? [] : ['Content-Type: application/json']),
      ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${oneLine(value)}`),
    ],
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}

function written({ method, path, lines, body, length }: Parts): Buffer {
  const sizes = length ?? (body.length === 0 ? [] : [`Content-Length: ${body.length}`]);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...lines,
    ...sizes,
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body]);
}

interface Chance {
  readonly choice: number;
  readonly text: string;
}

function oneOf<T>(values: readonly T[], { choice }: Chance): T {
  const value = values[choice % values.length];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}

function changed(parts: Parts, deed: RawRequest['deed'], chance: Chance): Parts {
  switch (deed) {
    case 'repeated header':
      return { ...parts, lines: [...parts.lines, repeated(parts, chance)] };
    case 'odd path':
      return { ...parts, path: oneOf(oddPaths(parts.path), chance) };
    case 'odd query':
      return { ...parts, path: `${parts.path.split('?')[0] ?? ''}${oneOf(ODD_QUERIES, chance)}` };
    case 'odd encoding of the body':
      return { ...parts, body: oddBytes(parts.body, chance) };
    case 'odd content type':
      return { ...parts, lines: [...without(parts.lines, 'content-type'), oneOf(ODD_TYPES, chance)] };
    case 'deep body':
      return { ...parts, body: deep(oneOf([15, 19, 20, 21, 100, 5_000], chance)) };
    case 'large body':
      return { ...parts, body: large(oneOf([60_000, 65_535, 65_536, 65_537, 70_000], chance)) };
    case 'numbers':
      return { ...parts, body: Buffer.from(`{"expectedTotalCents":${oneOf(ODD_NUMBERS, chance)}}`) };
    case 'odd length':
      return { ...parts, length: oddLength(parts.body.length, chance) };
    case 'odd method':
      return { ...parts, method: oneOf(ODD_METHODS, chance) };
  }
}

function without(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => !line.toLowerCase().startsWith(`${name}:`));
}

function repeated({ lines }: Parts, chance: Chance): string {
  const printable = chance.text.replaceAll(/[^\x20-\x7e]/g, '?');
  const others = [
    `X-Tenant-Id: ${randomUUID()}`,
    `X-Request-Id: ${printable}`,
    `traceparent: ${printable}`,
    `If-Match: ${printable}`,
    `If-None-Match: ${printable}`,
    'Host: evil.example',
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'X-HTTP-Method-Override: DELETE',
  ];
  return oneOf(
    [...lines, ...lines.map((line) => `${line.split(':')[0] ?? ''}: ${printable}`), ...others],
    chance,
  );
}

/** A byte order mark, UTF-16, half a character, an overlong slash, a doubled member, two documents. */
function oddBytes(body: Buffer, chance: Chance): Buffer {
  const text = body.toString('utf8');
  return oneOf(
    [
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
      Buffer.from(text, 'utf16le'),
      Buffer.concat([body, Buffer.from([0xc3])]),
      Buffer.from('{"reason":"\xc0\xaf"}', 'latin1'),
      Buffer.from('{"reason":"a","reason":"b"}'),
      Buffer.concat([body, body]),
      Buffer.from('{"reason":"\\ud800"}'),
      Buffer.from('{"\\u0000":1}'),
      Buffer.from('{"__proto__":{"role":"admin"}}'),
      Buffer.from(''),
    ],
    chance,
  );
}

function deep(levels: number): Buffer {
  return Buffer.from(`{"metadata":${'['.repeat(levels)}${']'.repeat(levels)}}`);
}

function large(bytes: number): Buffer {
  const frame = '{"reason":""}';
  return Buffer.from(`{"reason":"${'x'.repeat(bytes - frame.length)}"}`);
}

function oddLength(length: number, chance: Chance): readonly string[] {
  return oneOf(
    [
      [`Content-Length: ${length}`, `Content-Length: ${length}`],
      [`Content-Length: ${length}`, `Content-Length: ${length + 1}`],
      ['Content-Length: -1'],
      ['Content-Length: 1e3'],
      ['Content-Length: 99999999999999999999'],
      [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: identity'],
      ['Transfer-Encoding: chunked, chunked'],
    ],
    chance,
  );
}
