import { Agent, request as sendRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemClock } from '@app/kernel';
import { createEdgeApp, Gate } from '../../../../test/support/edge-app.js';
import { upstreamConfig } from '../../../../test/support/fake-sibling.js';
import { newSigningKey, publicPem, sign, userClaims } from '../../../../test/support/token-issuer.js';
import { Admission } from './admission.js';
import { drainAndClose } from './drain.js';
import { Lifecycle } from './lifecycle.js';

const ID = '0190a000-0000-7000-8000-00000000000a';
const key = newSigningKey('ES256');
const config = upstreamConfig('http://127.0.0.1:9', {
  AUTH_PUBLIC_KEY: publicPem(key),
  SERVICE_PUBLIC_KEY: publicPem(key),
  AUTH_SERVICE_URL: '',
  REQUESTS_IN_FLIGHT_MAX: '4',
});

interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly code: unknown;
}

describe('an edge with four places', () => {
  let gate: Gate;
  let app: NestFastifyApplication;
  let port: number;
  let token: string;

  beforeEach(async () => {
    gate = new Gate();
    app = await createEdgeApp(config, { gate });
    await app.listen({ port: 0, host: '127.0.0.1' });
    port = Number(new URL(await app.getUrl()).port);
    token = await sign(key, userClaims(systemClock.now()));
  });

  afterEach(async () => {
    gate.release();
    app.getHttpServer().closeAllConnections();
    await app.close();
  });

  function send(
    path: string,
    options: { method?: string; agent?: Agent; signal?: AbortSignal } = {},
  ): Promise<Received> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'idempotency-key': ID };
      const request = sendRequest({ port, host: '127.0.0.1', path, headers, ...options }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const { code } = JSON.parse(text) as { code?: unknown };
          resolve({ status: response.statusCode ?? 0, headers: response.headers, code });
        });
      });
      request.on('error', reject);
      request.end();
    });
  }

  async function until(isTrue: () => boolean): Promise<void> {
    for (let turn = 0; turn < 2_000 && !isTrue(); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isTrue()).toBe(true);
  }

  it('refuses the fourth ordinary request, and still serves cancels and health', async () => {
    const slow = [1, 2, 3].map(() => send('/api/v1/things/slow'));
    await until(() => app.get(Admission).inFlight === 3);
    const refused = await send('/api/v1/things');
    expect([refused.status, refused.code, refused.headers['retry-after']]).toEqual([503, 'OVERLOADED', '1']);
    expect((await send(`/api/v1/things/${ID}/cancel`, { method: 'POST' })).status).toBe(201);
    expect((await send('/health/live')).status).toBe(200);
    gate.release();
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(() => app.get(Admission).inFlight === 0);
  });

  it('counts a request whose client has gone for as long as it is worked on', async () => {
    const abort = new AbortController();
    const gone = send('/api/v1/things/slow', { signal: abort.signal }).catch((error: unknown) => error);
    await gate.arrival;
    abort.abort();
    expect(await gone).toMatchObject({ name: 'AbortError' });
    await send('/health/live');
    expect(app.get(Admission).inFlight).toBe(1);
    gate.release();
    await until(() => app.get(Admission).inFlight === 0);
  });

  it('gives the place of an upload that was broken off back', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"`,
    );
    await until(() => app.get(Admission).inFlight === 1);
    socket.destroy();
    await until(() => app.get(Admission).inFlight === 0);
  });

  it('ends without cutting anybody off: refuses what is new, finishes what runs, then flushes and closes', async () => {
    const lifecycle = app.get(Lifecycle);
    const steps: string[] = [];
    lifecycle.onDrain('jobs', () => {
      steps.push('jobs stopped');
    });
    lifecycle.onDrain('broken', () => {
      throw new Error('cannot stop');
    });
    lifecycle.onDrained('relay', () => {
      steps.push(`flushed after the last answer: ${String(gate.isPassed)}`);
    });
    const [idle, unused] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    await send('/api/v1/things', { agent: idle });
    await send('/api/v1/things', { agent: unused });
    const silent = connect(port, '127.0.0.1');
    const silentClosed = new Promise((resolve) => silent.once('close', resolve));
    const running = send('/api/v1/things/slow');
    await gate.arrival;

    const ended = drainAndClose(app, 10_000);
    const refused = await send('/api/v1/things');
    expect([refused.status, refused.code, refused.headers.connection]).toEqual([
      503,
      'SHUTTING_DOWN',
      'close',
    ]);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await send('/health/live')).status).toBe(200);
    // Its next request is not reset, but told to connect elsewhere.
    const moved = await send('/api/v1/things', { agent: idle });
    expect([moved.status, moved.headers.connection]).toEqual([503, 'close']);
    await until(() => Object.keys(unused.freeSockets).length === 0);
    expect(steps).toEqual(['jobs stopped']);

    gate.release();
    const finished = await running;
    expect([finished.status, finished.headers.connection]).toEqual([200, 'close']);
    await ended;
    await silentClosed;
    expect(steps).toEqual(['jobs stopped', 'flushed after the last answer: true']);
    await expect(send('/health/live')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends although a request never does', async () => {
    const running = send('/api/v1/things/slow').catch((error: unknown) => error);
    await gate.arrival;
    await drainAndClose(app, 50);
    expect(await running).toMatchObject({ code: 'ECONNRESET' });
  });
});
