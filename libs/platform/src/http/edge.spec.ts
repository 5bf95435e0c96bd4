import { connect } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemClock } from '@app/kernel';
import { AliveController, createEdgeApp, ScriptedLimiter } from '../../../../test/support/edge-app.js';
import { upstreamConfig } from '../../../../test/support/fake-sibling.js';
import {
  newSigningKey,
  publicPem,
  serviceClaims,
  sign,
  userClaims,
} from '../../../../test/support/token-issuer.js';
import { RouteTable } from './route-table.js';

const ID = '0190a000-0000-7000-8000-00000000000a';
const TENANT = '0190a000-0000-7000-8000-0000000000aa';
const key = newSigningKey('ES256');
const settings = {
  AUTH_PUBLIC_KEY: publicPem(key),
  SERVICE_PUBLIC_KEY: publicPem(key),
  AUTH_SERVICE_URL: '',
  LOG_LEVEL: 'silent',
};

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

describe('the HTTP edge', () => {
  const limiter = new ScriptedLimiter();
  let app: NestFastifyApplication;
  let base: string;
  let customer: string;
  let admin: string;
  let service: string;

  beforeAll(async () => {
    app = await createEdgeApp(upstreamConfig('http://127.0.0.1:9', settings), { limiter });
    await app.listen({ port: 0, host: '127.0.0.1' });
    base = await app.getUrl();
    const now = systemClock.now();
    customer = await sign(key, userClaims(now));
    admin = await sign(key, userClaims(now, { roles: ['admin', 'customer'] }));
    service = await sign(key, serviceClaims(now));
  });

  afterAll(() => app.close());

  beforeEach(() => {
    limiter.limit = 1_000;
    limiter.taken.length = 0;
  });

  async function send(path: string, options: RequestInit & { token?: string } = {}): Promise<Sent> {
    const headers = new Headers(options.headers);
    if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`);
    const response = await fetch(`${base}${path}`, { ...options, headers });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, json };
  }

  function post(
    path: string,
    body: string,
    headers: Record<string, string> = {},
    token?: string,
  ): Promise<Sent> {
    const all = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers };
    return send(path, { method: 'POST', body, headers: all, ...(token === undefined ? {} : { token }) });
  }

  /** One request as raw bytes, for what no HTTP client would send. */
  function sendRaw(lines: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1', () =>
        socket.write(`${lines.join('\r\n')}\r\n\r\n`),
      );
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.on('end', () => {
        resolve(answer);
      });
      socket.on('error', reject);
    });
  }

  describe('order of checks', () => {
    it('authentication, role and scope, rate limit, key, body', async () => {
      const broken = '{"name":';
      expect((await post('/api/v1/things', broken, { 'idempotency-key': 'x' })).json['code']).toBe(
        'UNAUTHENTICATED',
      );
      expect((await post('/api/v1/things', broken, { 'idempotency-key': 'x' }, service)).json['code']).toBe(
        'FORBIDDEN',
      );
      expect(limiter.taken).toEqual([]);
      limiter.limit = 0;
      expect((await post('/api/v1/things', broken, { 'idempotency-key': 'x' }, customer)).json['code']).toBe(
        'RATE_LIMITED',
      );
      limiter.limit = 1_000;
      expect((await post('/api/v1/things', broken, { 'idempotency-key': 'x' }, customer)).json['code']).toBe(
        'IDEMPOTENCY_KEY_INVALID',
      );
      expect((await post('/api/v1/things', broken, {}, customer)).json['code']).toBe('MALFORMED_JSON');
      expect((await post('/api/v1/things', '{"nam":1}', {}, customer)).json['code']).toBe(
        'VALIDATION_FAILED',
      );
    });

    it('tells a stranger nothing about an id that cannot be', async () => {
      expect((await send(`/api/v1/things/${'x'.repeat(500)}`)).status).toBe(401);
      expect((await send('/api/v1/things/x', { token: customer })).json).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ parameter: 'thingId', code: 'UUID' }],
      });
    });
  });

  describe('authentication', () => {
    it.each([
      ['no header', undefined],
      ['another scheme', 'Basic YTpi'],
      ['no token', 'Bearer'],
      ['a text', 'Bearer abc'],
      ['a token that is too long', `Bearer a.${'b'.repeat(9_000)}.c`],
    ])('refuses %s with 401 and says how', async (_name, authorization) => {
      const answer = await send(
        '/api/v1/things',
        authorization === undefined ? {} : { headers: { authorization } },
      );
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.json).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
    });

    it('refuses two Authorization headers', async () => {
      const answer = await sendRaw([
        'GET /api/v1/things HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${customer}`,
        `Authorization: Bearer ${customer}`,
        'Connection: close',
      ]);
      expect(answer).toContain('401 Unauthorized');
    });

    it('keeps users out of internal routes, services out of public ones, customers out of admin ones', async () => {
      expect((await post('/internal/v1/things', '{}', {}, customer)).json['code']).toBe('FORBIDDEN');
      expect((await send('/api/v1/things', { token: service })).json['code']).toBe('FORBIDDEN');
      expect((await send('/api/v1/things/admin', { token: customer })).json['code']).toBe('FORBIDDEN');
      expect((await send('/api/v1/things/admin', { token: admin })).status).toBe(200);
      const nobody = await sign(key, userClaims(systemClock.now(), { role: 'guest' }));
      expect((await send('/api/v1/things', { token: nobody })).json['code']).toBe('FORBIDDEN');
    });

    it("takes a service's tenant from its token, or from the header where the token has none", async () => {
      const call = (token: string, tenant?: string): Promise<Sent> =>
        post('/internal/v1/things', '', tenant === undefined ? {} : { 'x-tenant-id': tenant }, token);
      const tenantless = await sign(key, serviceClaims(systemClock.now(), { tenant_id: undefined }));
      const tenantOf = (answer: Sent): unknown =>
        (answer.json['caller'] as { principal: unknown } | undefined)?.principal;
      expect(tenantOf(await call(service))).toMatchObject({ tenantId: TENANT, name: 'payment-service' });
      expect(tenantOf(await call(service, TENANT.toUpperCase()))).toMatchObject({ tenantId: TENANT });
      expect(tenantOf(await call(tenantless, ID))).toMatchObject({ tenantId: ID });
      expect((await call(service, ID)).json['code']).toBe('FORBIDDEN');
      expect((await call(tenantless)).json['code']).toBe('TENANT_REQUIRED');
      expect((await call(tenantless, 'acme')).json['code']).toBe('TENANT_REQUIRED');
      const scopeless = await sign(key, serviceClaims(systemClock.now(), { scope: 'orders:read' }));
      expect((await call(scopeless)).json['code']).toBe('FORBIDDEN');
    });

    it('ignores X-Tenant-Id on user routes', async () => {
      expect((await send('/api/v1/things', { token: customer, headers: { 'x-tenant-id': ID } })).status).toBe(
        200,
      );
    });
  });

  describe('idempotency keys', () => {
    it.each([
      ['none', undefined, 'IDEMPOTENCY_KEY_MISSING'],
      ['an empty one', '', 'IDEMPOTENCY_KEY_MISSING'],
      ['a text', 'abc', 'IDEMPOTENCY_KEY_INVALID'],
      ['two in one', `${ID}, ${ID}`, 'IDEMPOTENCY_KEY_INVALID'],
      ['one with a lost quote', `"${ID}`, 'IDEMPOTENCY_KEY_INVALID'],
    ])('refuses %s', async (_name, given, code) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (given !== undefined) headers['idempotency-key'] = given;
      const answer = await send('/api/v1/things', {
        method: 'POST',
        body: '{"name":"a"}',
        headers,
        token: customer,
      });
      expect(answer.json['code']).toBe(code);
    });

    it('refuses two headers', async () => {
      const answer = await sendRaw([
        'POST /api/v1/things HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${customer}`,
        `Idempotency-Key: ${ID}`,
        `Idempotency-Key: ${ID}`,
        'Content-Length: 0',
        'Connection: close',
      ]);
      expect(answer).toContain('IDEMPOTENCY_KEY_INVALID');
    });

    it('are read bare or quoted, in any case, and the fingerprint ignores the order of members', async () => {
      const first = await post(
        '/api/v1/things',
        '{"name":"a","quantity":1}',
        { 'idempotency-key': ID },
        customer,
      );
      const second = await post(
        '/api/v1/things',
        '{"quantity":1,"name":"a"}',
        { 'idempotency-key': `"${ID.toUpperCase()}"` },
        customer,
      );
      expect(first.json['idempotency']).toEqual(second.json['idempotency']);
      expect(first.json['idempotency']).toMatchObject({
        tenantId: TENANT,
        principal: `user:${ID}`,
        key: ID,
        path: '/api/v1/things',
      });
    });
  });

  describe('answers', () => {
    it('writes a stored answer with its headers and marks a replay', async () => {
      const answer = await post('/api/v1/things', '{"name":"a"}', {}, customer);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe('/api/v1/things/1');
      expect(answer.headers.get('etag')).toBe('"v1"');
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    });

    it('answers a read with its ETag, and 304 to whom has it', async () => {
      const path = `/api/v1/things/${ID}`;
      const full = await send(path, { token: customer });
      expect([full.status, full.headers.get('etag'), full.json['thingId']]).toEqual([200, '"v3"', ID]);
      const cached = await send(path, { token: customer, headers: { 'if-none-match': '"v3"' } });
      expect([cached.status, cached.headers.get('etag'), cached.text]).toEqual([304, '"v3"', '']);
    });

    it('hands If-Match on as a version', async () => {
      const path = `/api/v1/things/${ID}/cancel`;
      expect((await post(path, '', { 'if-match': '"v7"' }, customer)).json).toMatchObject({ ifMatch: 7 });
      expect((await post(path, '{}', {}, customer)).json).toMatchObject({ ifMatch: null });
      expect((await post(path, '', { 'if-match': 'W/"v7"' }, customer)).json).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ header: 'If-Match' }],
      });
    });

    it('echoes a fit request id, replaces an unfit one, everywhere, and forbids storing', async () => {
      for (const path of ['/api/v1/things', '/api/v1/nowhere', '/health/live']) {
        const echoed = await send(path, { headers: { 'x-request-id': 'my.id-1_2' } });
        expect(echoed.headers.get('x-request-id')).toBe('my.id-1_2');
        const replaced = await send(path, { headers: { 'x-request-id': 'a b' } });
        expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
        expect(echoed.headers.get('cache-control')).toBe(path.startsWith('/api') ? 'no-store' : null);
      }
      const problem = await send('/api/v1/things', { headers: { 'x-request-id': 'my.id-1_2' } });
      expect(problem.json).toMatchObject({ requestId: 'my.id-1_2', instance: '/api/v1/things' });
    });

    it('continues the trace and gives the caller a deadline', async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const answer = await post(
        '/internal/v1/things',
        '',
        { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
        service,
      );
      const caller = answer.json['caller'] as {
        traceparent: string;
        deadlineAtMs: number;
        requestId: string;
      };
      expect(caller.traceparent).toContain(traceId);
      expect(caller.requestId).toBe(answer.headers.get('x-request-id'));
      expect(caller.deadlineAtMs).toBeGreaterThan(12_000);
    });

    it('says where the rate limit stands, on every limited answer', async () => {
      limiter.limit = 2;
      const first = await send('/api/v1/things', { token: customer });
      expect(first.headers.get('ratelimit-policy')).toBe('"read";q=2;w=60');
      expect(first.headers.get('ratelimit')).toBe('"read";r=1;t=42');
      const failed = await send('/api/v1/things?limit=1000', { token: customer });
      expect([failed.status, failed.headers.get('ratelimit')]).toEqual([400, '"read";r=0;t=42']);
      const refused = await send('/api/v1/things', { token: customer });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '42']);
      expect(refused.json).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
      expect(limiter.taken[0]).toBe(`read ${TENANT}:user:${ID}`);
    });

    it('lets nothing out about a bug', async () => {
      const answer = await send('/api/v1/things/broken', { token: customer });
      expect(answer.status).toBe(500);
      expect(answer.json).toMatchObject({ code: 'INTERNAL', retryable: false });
      expect(answer.text).not.toMatch(/secret|select|\.ts|at /);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    });
  });

  describe('requests that fit no route', () => {
    it('404, also for a trailing slash, an empty id and encoded slashes', async () => {
      for (const path of [
        '/nowhere',
        '/api/v1/things/',
        '/api/v1/things//cancel',
        '/API/v1/things',
        '/api%2fv1/things',
      ]) {
        expect((await send(path, { token: customer })).json['code']).toBe('ROUTE_NOT_FOUND');
      }
    });

    it('405 with Allow', async () => {
      const answer = await send('/api/v1/things', { method: 'DELETE', token: customer });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
      expect(answer.json['code']).toBe('METHOD_NOT_ALLOWED');
      expect(
        (await send(`/api/v1/things/${ID}/cancel`, { method: 'PUT', token: customer })).headers.get('allow'),
      ).toBe('POST');
    });

    it('answers HEAD wherever it answers GET', async () => {
      const answer = await send('/api/v1/things', { method: 'HEAD', token: customer });
      expect([answer.status, answer.text]).toEqual([200, '']);
    });

    it('413 for a body of more than 64 KiB, announced or not', async () => {
      const body = JSON.stringify({ name: 'x'.repeat(64 * 1024) });
      expect((await post('/api/v1/things', body, {}, customer)).json['code']).toBe('BODY_TOO_LARGE');
      const chunks = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      });
      const streamed = await send('/api/v1/things', {
        method: 'POST',
        body: chunks,
        duplex: 'half',
        headers: { 'content-type': 'application/json', 'idempotency-key': ID },
        token: customer,
      });
      expect(streamed.status).toBe(413);
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'application/xml',
      'x',
    ])('415 for %s', async (contentType) => {
      const answer = await post('/api/v1/things', '{"name":"a"}', { 'content-type': contentType }, customer);
      expect(answer.json).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    });

    it('415 for a compressed body, and JSON in UTF-8 is fine', async () => {
      const compressed = await post(
        '/api/v1/things',
        '{"name":"a"}',
        { 'content-encoding': 'gzip' },
        customer,
      );
      expect(compressed.status).toBe(415);
      const plain = await post(
        '/api/v1/things',
        '{"name":"a"}',
        { 'content-type': 'application/json;charset=UTF-8' },
        customer,
      );
      expect(plain.status).toBe(201);
    });
  });

  describe('what may not be in a request', () => {
    it('unknown members and parameters, also where a route takes none', async () => {
      expect((await post('/api/v1/things', '{"name":"a","totalCents":1}', {}, customer)).json).toMatchObject({
        errors: [{ pointer: '/totalCents', code: 'UNKNOWN_MEMBER' }],
      });
      expect((await post(`/api/v1/things/${ID}/cancel`, '{"x":1}', {}, customer)).json).toMatchObject({
        errors: [{ pointer: '/x', code: 'UNKNOWN_MEMBER' }],
      });
      expect((await send('/api/v1/things?page=2', { token: customer })).json).toMatchObject({
        errors: [{ parameter: 'page', code: 'UNKNOWN_PARAMETER' }],
      });
      expect((await send(`/api/v1/things/${ID}?x=1`, { token: customer })).json).toMatchObject({
        errors: [{ parameter: 'x', code: 'UNKNOWN_PARAMETER' }],
      });
    });

    it.each([
      '?limit=%00',
      '?__proto__[x]=1',
      '?__proto__=1',
      '?constructor=1',
      '?limit=1&limit=2',
      '?%00=1',
    ])('%s', async (query) => {
      expect((await send(`/api/v1/things${query}`, { token: customer })).json['code']).toBe(
        'VALIDATION_FAILED',
      );
    });

    it.each([
      '/api/v1/things/%00',
      '/api/v1/things/%ff',
      '/api/v1/things/%',
      `/api/v1/things/${'a'.repeat(2_000)}`,
    ])('the address %s', async (path) => {
      const answer = await send(path, { token: customer });
      expect([answer.status, answer.json['code']]).toEqual([400, 'VALIDATION_FAILED']);
      expect(answer.headers.get('x-request-id')).toBeTruthy();
    });

    it.each([
      ['broken HTTP', ['GARBAGE']],
      ['two lengths', ['POST /api/v1/things HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Content-Length: 2']],
      [
        'the same length twice',
        ['POST /api/v1/things HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Content-Length: 2'],
      ],
      [
        'a length and chunks',
        ['POST /api/v1/things HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
      ],
      ['headers of 20 KiB', ['GET / HTTP/1.1', 'Host: x', `X-Big: ${'x'.repeat(20_000)}`]],
    ])('%s', async (_name, lines) => {
      const answer = await sendRaw(lines);
      expect(answer).toContain('HTTP/1.1 400 Bad Request');
      expect(answer).toContain('application/problem+json');
      expect(answer).toContain('"code":"VALIDATION_FAILED"');
    });
  });

  it('lists every route with its policy', () => {
    const routes = app.get(RouteTable).routes();
    expect(
      routes.map(({ method, path, policy }) => `${method} ${path} ${policy?.audience ?? '-'}`).sort(),
    ).toEqual([
      'GET /api/v1/things user',
      'GET /api/v1/things/:thingId user',
      'GET /api/v1/things/admin user',
      'GET /api/v1/things/broken user',
      'GET /api/v1/things/slow user',
      'GET /health/live open',
      'POST /api/v1/things user',
      'POST /api/v1/things/:thingId/cancel user',
      'POST /internal/v1/things service',
    ]);
  });
});

describe('default deny', () => {
  @Controller('forgotten')
  class ForgottenController {
    @Get()
    list(): object {
      return {};
    }

    @Get('two')
    two(): object {
      return {};
    }
  }

  const config = upstreamConfig('http://127.0.0.1:9', settings);

  it('does not start while a handler has no audience, and names every one', async () => {
    const app = await createEdgeApp(config, { controllers: [ForgottenController, AliveController] });
    await expect(app.init()).rejects.toThrow('@Endpoint: ForgottenController.list, ForgottenController.two.');
    await app.close();
  });

  it('does not start while a route was registered past the controllers', async () => {
    const app = await createEdgeApp(config, { controllers: [AliveController] });
    app.getHttpAdapter().get('/backdoor', () => 'hello');
    await expect(app.init()).rejects.toThrow('GET /backdoor');
    await app.close();
  });
});
