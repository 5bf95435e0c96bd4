import { OrderServiceClient, type Attempt, type ClientOptions } from './order-service-client.js';
import { OrderServiceProblem, OrderServiceUnreachable } from './problem.js';
import {
  cutOff,
  halfAnswer,
  json,
  problem,
  ScriptedServer,
  silence,
  text,
} from './testing/scripted-server.js';

const orderId = '01a203ec-1ad3-7054-a331-275aecddc712';
const ORDER = '/api/v1/orders/{orderId}';
const CANCEL = '/api/v1/orders/{orderId}/cancel';
const QUOTE = '/api/v1/orders/quote';
const path = { orderId };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: ScriptedServer;
let pausesMs: number[] = [];

beforeAll(async () => {
  server = await ScriptedServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  pausesMs = [];
});

function clientWith(options: Partial<ClientOptions> = {}): OrderServiceClient {
  return new OrderServiceClient({
    baseUrl: server.url,
    token: 'secret-token',
    random: () => 1,
    wait: async (ms) => {
      pausesMs.push(ms);
    },
    ...options,
  });
}

async function refusal(call: Promise<unknown>): Promise<OrderServiceProblem> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OrderServiceProblem) return error;
  throw new Error(`Expected a problem, not ${String(error)}.`);
}

const keysSent = (): readonly unknown[] => server.heard.map(({ headers }) => headers['idempotency-key']);

describe('a call', () => {
  it('goes to its route with the token, the query and no key when it changes nothing', async () => {
    server.script(json(200, { data: [], page: { hasMore: false, limit: 5, nextCursor: null } }));
    await clientWith({ baseUrl: `${server.url}/orders-api/` }).get('/api/v1/orders', {
      query: { limit: 5, status: 'PENDING,RESERVED' },
    });
    expect(server.heard).toMatchObject([
      {
        method: 'GET',
        url: '/orders-api/api/v1/orders?limit=5&status=PENDING%2CRESERVED',
        headers: { authorization: 'Bearer secret-token' },
      },
    ]);
    expect(keysSent()).toEqual([undefined]);
    expect(server.heard[0]?.headers).not.toHaveProperty('content-type');
  });

  it('sends its body as JSON, a key of its own, the tenant and the version it expects', async () => {
    server.script(json(200, { id: orderId }), json(200, { id: orderId }));
    const client = clientWith({ tenantId: 'tenant-1' });
    await client.post(CANCEL, { path, body: { reason: 'why' }, ifVersion: 3 });
    await client.post(CANCEL, { path, body: { reason: 'why' } });
    expect(server.heard[0]).toMatchObject({
      method: 'POST',
      url: `/api/v1/orders/${orderId}/cancel`,
      body: '{"reason":"why"}',
      headers: { 'content-type': 'application/json', 'if-match': '"v3"', 'x-tenant-id': 'tenant-1' },
    });
    expect(server.heard[1]?.headers).not.toHaveProperty('if-match');
    const [first, second] = keysSent();
    expect(first).toMatch(UUID);
    expect(second).toMatch(UUID);
    expect(second).not.toBe(first);
  });

  it('tells status and headers to who asks for them', async () => {
    server.script(json(202, { id: orderId }, { 'idempotency-replayed': 'true' }));
    const answer = await clientWith().call('POST', CANCEL, { path });
    expect(answer).toMatchObject({ status: 202, body: { id: orderId } });
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
  });

  it('asks for the token before every try', async () => {
    server.script(problem(503, 'OVERLOADED', { retryAfter: '1' }), json(200, {}));
    const tokens = ['old', 'fresh'];
    await clientWith({ token: async () => tokens.shift() ?? '' }).get(ORDER, { path });
    expect(server.heard.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer fresh']);
  });

  it.each(['', '.', '..'])('refuses to put "%s" into a path', async (value) => {
    server.script();
    await expect(clientWith().get(ORDER, { path: { orderId: value } })).rejects.toThrow(TypeError);
    expect(server.heard).toEqual([]);
  });

  it('keeps a value that looks like more of the path in its place', async () => {
    server.script(json(200, {}));
    await clientWith().get(ORDER, { path: { orderId: 'a/../b?c' } });
    expect(server.heard[0]?.url).toBe('/api/v1/orders/a%2F..%2Fb%3Fc');
  });
});

describe('a refusal', () => {
  it('is raised once, with everything the problem tells', async () => {
    const members = { expected: { totalCents: 1 }, actual: { totalCents: 2 } };
    server.script(problem(409, 'PRICE_CHANGED', members));
    const raised = await refusal(clientWith().post(QUOTE, { body: { eventId: orderId, items: [] } }));
    expect(raised).toMatchObject({
      name: 'OrderServiceProblem',
      code: 'PRICE_CHANGED',
      status: 409,
      title: 'Title',
      detail: 'What is true.',
      requestId: 'request-1',
      retryable: false,
      retryAfterSeconds: undefined,
      members,
      message: 'POST /api/v1/orders/quote was answered 409 PRICE_CHANGED: What is true.',
    });
    expect(raised.is('PRICE_CHANGED')).toBe(true);
    expect(raised.is('ORDER_NOT_FOUND', 'VALIDATION_FAILED')).toBe(false);
    expect(server.heard).toHaveLength(1);
  });

  it('that is retryable is sent again after Retry-After, with the same key and bytes', async () => {
    const overloaded = problem(503, 'OVERLOADED', { retryAfter: '7' });
    server.script(overloaded, overloaded, json(200, { id: orderId }));
    await clientWith().post(CANCEL, { path, body: { reason: 'why' } });
    expect(pausesMs).toEqual([7_000, 7_000]);
    expect(new Set(keysSent()).size).toBe(1);
    expect(server.heard.map(({ body }) => body)).toEqual(Array(3).fill('{"reason":"why"}'));
  });

  it('names a date to come back at, which is read against the date of the answer', async () => {
    const dates = { retryAfter: 'Sun, 22 Nov 2026 12:00:09 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' };
    server.script(problem(429, 'RATE_LIMITED', dates), json(200, {}));
    await clientWith().get(ORDER, { path });
    expect(pausesMs).toEqual([9_000]);
  });

  it.each([
    ['missing', undefined],
    ['not to be understood', 'soon'],
  ])('that is retryable waits longer each time when Retry-After is %s', async (_how, retryAfter) => {
    const busy = problem(409, 'ORDER_BUSY', {
      ...(retryAfter === undefined ? {} : { retryAfter }),
      retryable: true,
    });
    server.script(busy, busy, busy, json(200, {}));
    await clientWith().post(CANCEL, { path });
    expect(pausesMs).toEqual([200, 400, 800]);
  });

  it('spreads its pauses over half their length', async () => {
    const busy = problem(409, 'ORDER_BUSY', { retryable: true });
    server.script(busy, json(200, {}));
    await clientWith({ random: () => 0 }).post(CANCEL, { path });
    expect(pausesMs).toEqual([100]);
  });

  it('that asks for a longer pause than allowed is raised at once', async () => {
    server.script(problem(429, 'RATE_LIMITED', { retryAfter: '31' }));
    const raised = await refusal(clientWith().get(ORDER, { path }));
    expect(raised).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 31, retryable: true });
    expect(pausesMs).toEqual([]);
  });

  it('is raised when the last try is refused as well', async () => {
    const busy = problem(409, 'ORDER_BUSY', { retryAfter: '1' });
    server.script(busy, busy, busy);
    const raised = await refusal(clientWith({ attemptsMax: 3 }).post(CANCEL, { path }));
    expect(raised.code).toBe('ORDER_BUSY');
    expect(server.heard).toHaveLength(3);
  });
});

describe('an answer that is not one of order-service', () => {
  it('is a problem that says so', async () => {
    server.script(text(404, '<h1>nginx</h1>'));
    const raised = await refusal(clientWith().get(ORDER, { path }));
    expect(raised).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 404, retryable: false });
    expect(raised.message).toContain('text/html');
    expect(server.heard).toHaveLength(1);
  });

  it('is a problem also when it says 200', async () => {
    server.script(text(200, '<h1>Please log in</h1>'));
    expect(await refusal(clientWith().get(ORDER, { path }))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      status: 200,
    });
  });

  it('is not followed to another address', async () => {
    server.script(text(302, '', { location: `${server.url}/login` }));
    expect((await refusal(clientWith().get(ORDER, { path }))).status).toBe(302);
    expect(server.heard).toHaveLength(1);
  });

  it('counts as none when a gateway gives it, and the request is sent again', async () => {
    server.script(text(502, 'bad gateway'), json(200, { id: orderId }));
    await clientWith().post(CANCEL, { path });
    expect(new Set(keysSent()).size).toBe(1);
    expect(server.heard).toHaveLength(2);
  });
});

describe('a connection that breaks', () => {
  it('is made again for a read, and for a change with the same key', async () => {
    server.script(cutOff(), halfAnswer(), json(200, { id: orderId }));
    expect(await clientWith().post(CANCEL, { path })).toEqual({ id: orderId });
    expect(new Set(keysSent()).size).toBe(1);
    server.script(cutOff(), json(200, { id: orderId }));
    expect(await clientWith().get(ORDER, { path })).toEqual({ id: orderId });
    expect(pausesMs).toEqual([200, 400, 200]);
  });

  it('is made again for a question that is posted', async () => {
    server.script(cutOff(), json(200, { totalCents: 10_520 }));
    const quote = await clientWith().post(QUOTE, { body: { eventId: orderId, items: [] } });
    expect(quote.totalCents).toBe(10_520);
    expect(keysSent()).toEqual([undefined, undefined]);
  });

  it('is raised with its reason after the last try, and without the token', async () => {
    const client = clientWith({ baseUrl: 'http://127.0.0.1:1', attemptsMax: 2 });
    const error: unknown = await client.get(ORDER, { path }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OrderServiceUnreachable);
    expect(String(error)).toMatch(
      /^OrderServiceUnreachable: GET \/api\/v1\/orders\/\{orderId\} got no answer: ./,
    );
    expect(String(error)).not.toContain('secret-token');
    expect(pausesMs).toHaveLength(1);
  });

  it('counts a try that takes too long as broken', async () => {
    server.script(silence(), json(200, { id: orderId }));
    expect(await clientWith({ timeoutMs: 50 }).get(ORDER, { path })).toEqual({ id: orderId });
    expect(server.heard).toHaveLength(2);
  });
});

describe('a caller that gives up', () => {
  it('ends the try that runs, and no other is made', async () => {
    const giveUp = new AbortController();
    server.script(silence(() => giveUp.abort(new Error('the buyer left'))));
    await expect(clientWith().get(ORDER, { path, signal: giveUp.signal })).rejects.toThrow('the buyer left');
    expect(server.heard).toHaveLength(1);
  });

  it('ends the pause before the next try', async () => {
    const giveUp = new AbortController();
    server.script(problem(503, 'OVERLOADED', { retryAfter: '20' }));
    const client = new OrderServiceClient({
      baseUrl: server.url,
      token: 't',
      onAttempt: () => setImmediate(() => giveUp.abort(new Error('the buyer left'))),
    });
    await expect(client.get(ORDER, { path, signal: giveUp.signal })).rejects.toThrow('the buyer left');
    expect(server.heard).toHaveLength(1);
  });

  it('before the first try is not called for', async () => {
    server.script();
    const signal = AbortSignal.abort(new Error('the buyer left'));
    await expect(clientWith().get(ORDER, { path, signal })).rejects.toThrow('the buyer left');
    expect(server.heard).toEqual([]);
  });
});

describe('onAttempt', () => {
  it('is told of every try, also of those that got no answer', async () => {
    const told: Attempt[] = [];
    server.script(cutOff(), problem(409, 'ORDER_BUSY', { retryAfter: '1' }), json(200, { id: orderId }));
    await clientWith({ onAttempt: (attempt) => told.push(attempt) }).post(CANCEL, {
      path,
      idempotencyKey: '7f0c9c0e-5f0c-4f61-9c1a-0d3f0f6d2b11',
    });
    expect(told).toMatchObject([
      { attempt: 1, route: CANCEL, answer: undefined },
      { attempt: 2, answer: { status: 409, body: { code: 'ORDER_BUSY' } } },
      { attempt: 3, path: `/api/v1/orders/${orderId}/cancel`, answer: { status: 200 } },
    ]);
    expect(told.map(({ key }) => key)).toEqual(Array(3).fill('7f0c9c0e-5f0c-4f61-9c1a-0d3f0f6d2b11'));
  });
});

describe('each', () => {
  const page = (ids: readonly string[], next: object): ReturnType<typeof json> =>
    json(200, { data: ids.map((id) => ({ id })), page: next });

  it('goes through every page with the same filters', async () => {
    server.script(
      page(['1', '2'], { hasMore: true, limit: 2, nextCursor: 'c/1' }),
      problem(503, 'OVERLOADED', { retryAfter: '1' }),
      page(['3'], { hasMore: false, limit: 2, nextCursor: null }),
    );
    const ids: string[] = [];
    const query = { limit: 2, status: 'PENDING' };
    for await (const order of clientWith().each('/api/v1/orders', { query })) ids.push(order.id);
    expect(ids).toEqual(['1', '2', '3']);
    expect(server.heard.map(({ url }) => url)).toEqual([
      '/api/v1/orders?limit=2&status=PENDING',
      '/api/v1/orders?limit=2&status=PENDING&cursor=c%2F1',
      '/api/v1/orders?limit=2&status=PENDING&cursor=c%2F1',
    ]);
  });

  it('follows the feed by its own name', async () => {
    server.script(
      page(['1'], { hasMore: true, nextAfter: '41' }),
      page(['2'], { hasMore: false, nextAfter: '42' }),
    );
    const ids: string[] = [];
    for await (const event of clientWith().each('/internal/v1/events')) ids.push(event.id);
    expect(ids).toEqual(['1', '2']);
    expect(server.heard[1]?.url).toBe('/internal/v1/events?after=41');
  });

  it('asks for no page that nobody wants', async () => {
    server.script(page(['1', '2'], { hasMore: true, limit: 2, nextCursor: 'c' }));
    const seen: string[] = [];
    for await (const order of clientWith().each('/api/v1/orders')) {
      seen.push(order.id);
      break;
    }
    expect(seen).toEqual(['1']);
    expect(server.heard).toHaveLength(1);
  });
});
