import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../support/eventually.js';
import { rawRequest, sendRaw, type RawAnswer } from '../support/http-request.js';
import { ServiceWorld, type Caller } from '../support/service-world.js';

let world: ServiceWorld;
let buyer: Caller;

beforeAll(async () => {
  world = await ServiceWorld.start();
  buyer = await world.user();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

function send(bytes: string | Uint8Array): Promise<RawAnswer> {
  return sendRaw(world.service.url, bytes);
}

function headers(more: readonly string[] = [], key: string = randomUUID()): readonly string[] {
  return [
    `Authorization: Bearer ${buyer.token}`,
    'Content-Type: application/json',
    `Idempotency-Key: ${key}`,
    ...more,
  ];
}

function codeOf(answer: RawAnswer): unknown {
  const start = answer.body.indexOf('{');
  const end = answer.body.lastIndexOf('}');
  return (JSON.parse(answer.body.slice(start, end + 1)) as { readonly code: unknown }).code;
}

it('refuses a repeated Idempotency-Key, also when both lines are the same', async () => {
  const key = randomUUID();
  for (const second of [key, randomUUID(), '']) {
    const lines = headers([`idempotency-key: ${second}`], key);
    const answer = await send(rawRequest('POST /api/v1/orders', lines, '{}'));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
  }
});

it.each([
  ['two different lengths', ['Content-Length: 2', 'Content-Length: 4']],
  ['two equal lengths', ['Content-Length: 2', 'Content-Length: 2']],
  ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked']],
  ['a negative length', ['Content-Length: -2']],
  ['a length that is no number', ['Content-Length: 2x']],
  ['an unknown encoding', ['Transfer-Encoding: gzip, chunked, x']],
  ['a line without a colon', ['nonsense']],
  ['a space before the colon', ['X-Test : 1']],
  ['a NUL in a header', ['X-Test: a\u0000b']],
  ['a folded line', ['X-Test: a', ' b']],
])('refuses %s and closes the connection', async (_name, lines) => {
  const answer = await send(`${rawRequest('POST /api/v1/orders', headers(lines))}{}`);
  expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED']);
  expect(answer.head.toLowerCase()).toContain('content-type: application/problem+json');
});

it.each([
  'GARBAGE',
  'GET',
  'GET /health/live extra',
  'get /api/v1/orders',
  'G\u0000T /',
  '\u0016\u0003\u0001\u0002\u0000',
])('answers 400 to a request line that is none: %j', async (line) => {
  const answer = await send(`${line}${line.includes(' /h') ? '' : ' HTTP/1.1'}\r\nHost: x\r\n\r\n`);
  expect(answer.status).toBe(400);
});

it('refuses headers that are larger than 16 KiB', async () => {
  const answer = await send(rawRequest('GET /api/v1/orders', [`X-Test: ${'x'.repeat(17_000)}`]));
  expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED']);
});

it('refuses a body that is announced as too large before it is sent', async () => {
  const lines = headers(['Content-Length: 1000000000']);
  const answer = await send(rawRequest('POST /api/v1/orders', lines));
  expect([answer.status, codeOf(answer)]).toEqual([413, 'BODY_TOO_LARGE']);
});

it('counts the bytes of a body that comes in chunks', async () => {
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const lines = headers(['Transfer-Encoding: chunked']);
  const answer = await send(`${rawRequest('POST /api/v1/orders', lines)}${chunk.repeat(5)}0\r\n\r\n`);
  expect([answer.status, codeOf(answer)]).toEqual([413, 'BODY_TOO_LARGE']);
});

it.each([
  '/api/v1//orders',
  '//api/v1/orders',
  '/api/v1/orders/',
  '/API/v1/orders',
  '/api/v1/Orders',
  '/api/v1/orders;x=1',
  '/api/v1/./orders',
  '/health/../api/v1/orders',
  '/health/live/../../api/v1/orders',
  '/api%2fv1%2forders',
  '/api/v1/%6frders',
  '/api/v1/orders%20',
  '/api/v1/orders%00',
  '/api/v1/orders\\..',
  '/internal/v1/orders/expiring/',
  '/internal%2Fv1/orders/expiring',
  '/api/v1/../../internal/v1/orders/expiring',
  '/api/v1/orders?/health/live',
  '/api/v1/orders#/health/live',
  'http://127.0.0.1/api/v1/orders',
  '*',
])('lets no stranger past the guards with the path %s', async (path) => {
  const answer = await send(rawRequest(`GET ${path}`));
  expect([400, 401, 404, 405]).toContain(answer.status);
  expect(answer.body).not.toContain('"data"');
});

it('lets no method past the guards', async () => {
  for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const answer = await send(rawRequest(`${method} /api/v1/orders`));
    expect([method, [400, 401, 404, 405].includes(answer.status)]).toEqual([method, true]);
    const overridden = await send(rawRequest('GET /api/v1/orders', [`X-HTTP-Method-Override: ${method}`]));
    expect(overridden.status).toBe(401);
  }
});

it('replaces a request id that is not fit, and keeps one that is', async () => {
  const cases = [
    ['fit-Id_1.2', 'fit-Id_1.2'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), null],
    ['with space', null],
    ['<script>', null],
    ['', null],
  ] as const;
  for (const [given, kept] of cases) {
    const answer = await send(rawRequest('GET /health/live', [`X-Request-Id: ${given}`]));
    const echoed = /x-request-id: (.*)/i.exec(answer.head)?.[1]?.trim() ?? '';
    expect(echoed).toEqual(kept ?? (expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown));
  }
});

it('takes a client that goes away in the middle of its body for what it is', async () => {
  const lines = headers(['Content-Length: 1000']);
  const { hostname, port } = new URL(world.service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.write(`${rawRequest('POST /api/v1/orders', lines)}{"eventId"`);
  // An answer on another connection: by then these bytes have arrived, too.
  expect((await fetch(`${world.service.url}/health/live`)).status).toBe(200);
  socket.resetAndDestroy();

  await eventually('its end is in the log', () =>
    world.service.logLines().some((line) => line['route'] === '/api/v1/orders' && line['status'] === 499),
  );
});

it('has changed nothing and noticed no bug through all of this', async () => {
  expect(await world.count('orders')).toBe(0);
  expect(await world.count('idempotency_keys')).toBe(0);
  expect(world.service.logLines().filter((line) => line['level'] === 'error')).toEqual([]);
  expect(world.service.isRunning).toBe(true);
});
