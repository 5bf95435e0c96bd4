import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '@app/kernel';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { HttpTelemetry } from './http-telemetry.js';
import { Metrics } from './metrics.js';

interface Line {
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string;
}

interface Watched {
  readonly server: FastifyInstance;
  readonly metrics: Metrics;
  readonly lines: Line[];
  listen(): Promise<string>;
}

const servers: FastifyInstance[] = [];

/** A server with telemetry, to which a test adds hooks and routes before it listens. */
function watched(): Watched {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (facts: Line['facts'], message: string): void => {
      lines.push({ level, facts, message });
    };
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const host = new HttpAdapterHost();
  const adapter = new FastifyAdapter();
  host.httpAdapter = adapter;
  const metrics = new Metrics(new Registry());
  new HttpTelemetry(host, metrics, logger as unknown as PinoLogger, systemClock).onModuleInit();
  const server = adapter.getInstance();
  servers.push(server);
  return { server, metrics, lines, listen: () => server.listen({ port: 0, host: '127.0.0.1' }) };
}

async function lineOf(lines: readonly Line[]): Promise<Line | undefined> {
  for (let n = 0; n < 10_000 && lines.length === 0; n += 1) await nextTurn();
  return lines[0];
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('the telemetry of requests', () => {
  it('leaves one line and one measurement a request', async () => {
    const { server, metrics, lines, listen } = watched();
    server.get('/orders/:orderId', () => ({ secret: 'CANARY' }));
    const url = await listen();

    await (await fetch(`${url}/orders/42?email=CANARY`, { headers: { authorization: 'CANARY' } })).text();

    expect(await lineOf(lines)).toMatchObject({
      level: 'info',
      message: 'request',
      facts: { method: 'GET', route: '/orders/:orderId', status: 200 },
    });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('CANARY');
    const text = await metrics.expose();
    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/orders/:orderId",status="200"} 1',
    );
    expect(text).toContain('http_requests_in_flight 0');
  });

  it('sees requests that a later hook refuses', async () => {
    const { server, lines, listen } = watched();
    server.addHook('onRequest', (_request, reply, done) => {
      reply.status(503);
      done(new Error('overloaded'));
    });
    server.get('/orders', () => 'never');

    await (await fetch(`${await listen()}/orders`)).text();

    expect(await lineOf(lines)).toMatchObject({ level: 'warn', facts: { route: '/orders', status: 503 } });
  });

  it('sees requests whose client went away, and does not count them as in flight for ever', async () => {
    const { server, metrics, lines, listen } = watched();
    const arrived = new Promise<void>((resolve) => {
      server.get('/slow', async () => {
        resolve();
        await new Promise(() => undefined);
      });
    });
    await listen();
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await arrived;
    expect(await metrics.expose()).toContain('http_requests_in_flight 1');

    socket.destroy();

    expect(await lineOf(lines)).toMatchObject({ facts: { route: '/slow', status: 499 } });
    expect(await metrics.expose()).toContain('http_requests_in_flight 0');
  });
});
