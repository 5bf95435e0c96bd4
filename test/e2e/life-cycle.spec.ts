import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { eventually } from '../support/eventually.js';
import { requestOver } from '../support/http-request.js';
import { ServiceProcess } from '../support/service-process.js';
import { ServiceWorld, type Caller, type SandboxEvent } from '../support/service-world.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const CLIENTS = 8;
/** What requests in flight may take, and the grace after it. */
const EXIT_WITHIN_MS = 25_000;
/** Far above what anything else may take on a busy machine. */
const REDIS_TIMEOUT_MS = 3_000;

let world: ServiceWorld;
let buyer: Caller;
let event: SandboxEvent;

beforeAll(async () => {
  world = await ServiceWorld.start();
  buyer = await world.user();
  event = await world.newEvent();
}, 120_000);

afterEach(async () => {
  if (!world.service.isRunning) await world.service.launch();
}, 60_000);

afterAll(async () => {
  await world.stop();
});

interface Answered {
  readonly status: number;
  readonly connection: string | undefined;
  readonly text: string;
}

/** One create over a kept connection; rejects when the connection breaks in the middle. */
async function create(agent: Agent, key: string): Promise<Answered> {
  const body = JSON.stringify(world.orderBody(event));
  const request = httpRequest(`${world.service.url}/api/v1/orders`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${buyer.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': key,
    },
  });
  request.end(body);
  const answered = once(request, 'response');
  const [response] = (await answered) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    connection: response.headers.connection,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

interface Sale {
  readonly acknowledged: string[];
  readonly refused: Answered[];
  readonly broken: string[];
  isOver: boolean;
}

/** A client that buys over its own connection until it is told to move on. */
async function buyUntilOver(sale: Sale): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    while (!sale.isOver) {
      const answer = await create(agent, randomUUID());
      if (answer.status === 201) sale.acknowledged.push((JSON.parse(answer.text) as { id: string }).id);
      else sale.refused.push(answer);
      if (answer.connection === 'close') return;
    }
  } catch (error) {
    sale.broken.push(error instanceof Error ? error.message : String(error));
  } finally {
    agent.destroy();
  }
}

async function isListening(url: string): Promise<boolean> {
  return requestOver(url, { method: 'GET', path: '/health/live' }).then(
    () => true,
    () => false,
  );
}

it('ends on SIGTERM under load without a reset and without losing an acknowledged order', async () => {
  const sale: Sale = { acknowledged: [], refused: [], broken: [], isOver: false };
  const clients = Array.from({ length: CLIENTS }, () => buyUntilOver(sale));
  // A connection that is kept open and does nothing must not delay the end.
  const idle = new Agent({ keepAlive: true });
  await create(idle, randomUUID());
  await eventually('the sale runs', () => sale.acknowledged.length >= 40);

  const exited = world.service.stop();
  expect(await exited).toEqual({ code: 0, signal: null });
  sale.isOver = true;
  await Promise.all(clients);
  idle.destroy();

  // A client that finds the port closed was told to connect anew before, or begins afterwards: nothing was lost.
  expect(sale.broken.filter((message) => !message.includes('ECONNREFUSED'))).toEqual([]);
  for (const { status, text } of sale.refused) {
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([503, 'SHUTTING_DOWN']);
  }
  const rows = await world.rows('select id from orders where id = any($1)', [sale.acknowledged]);
  expect(rows).toHaveLength(sale.acknowledged.length);
  expect(await world.count(`idempotency_keys where state = 'running'`)).toBe(0);
}, 60_000);

it('is not ready before it stops serving, and finishes what is in flight', async () => {
  const order = await world.pending(buyer, event);
  await world.play('PUT', '/sandbox/faults', {
    service: 'ticket-service',
    operation: 'reserve',
    mode: 'latency',
    ms: 2_000,
    times: 1,
  });
  const slow = world.send({
    method: 'POST',
    path: `/api/v1/orders/${order.id}/reserve`,
    token: buyer.token,
    key: randomUUID(),
  });
  await eventually('the reserve is under way', async () => {
    return (await world.count(`orders where op = 'reserving'`)) === 1;
  });
  world.service.signal('SIGTERM');
  await eventually('readiness says so', async () => {
    const ready = await world.send({ method: 'GET', path: '/health/ready' });
    return ready.status === 503 && ready.body['draining'] === true;
  });
  const refused = await world.send({ method: 'GET', path: '/api/v1/orders', token: buyer.token });
  expect([refused.status, refused.code, refused.headers.get('connection')]).toEqual([
    503,
    'SHUTTING_DOWN',
    'close',
  ]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await world.send({ method: 'GET', path: '/health/live' })).status).toBe(200);
  expect((await slow).expect(200)).toMatchObject({ status: 'RESERVED' });
  expect(await world.service.exit(EXIT_WITHIN_MS)).toEqual({ code: 0, signal: null });
  expect(await isListening(world.service.url)).toBe(false);
}, 60_000);

it('says in one sentence what is wrong when it cannot start', async () => {
  const service = await ServiceProcess.prepare({
    siblings: world.sandbox.url,
    database: world.service.database,
    environment: { APP_SECRETS: 'short', PORT: 'x' },
  });
  service.spawn();
  expect(await service.exit()).toEqual({ code: 78, signal: null });
  expect(service.output).toContain('APP_SECRETS');
  expect(service.output).toContain('PORT');
  expect(service.output).not.toContain('    at ');
}, 30_000);

describe('while a server is away', () => {
  const proxies: TcpProxy[] = [];

  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });

  async function proxyBefore(url: string): Promise<TcpProxy> {
    const proxy = await TcpProxy.before(url);
    proxies.push(proxy);
    return proxy;
  }

  /** Of the creates, in milliseconds, as the service logged them. */
  function durationsOf(service: ServiceProcess): readonly number[] {
    return service
      .logLines()
      .filter((line) => line['route'] === '/api/v1/orders' && line['method'] === 'POST')
      .map((line) => Number(line['durationMs']));
  }

  async function besides(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    return ServiceProcess.start({
      siblings: world.sandbox.url,
      database: world.service.database,
      environment: {
        AUTH_JWKS_URL: world.userKeys.url,
        SERVICE_JWKS_URL: world.serviceKeys.url,
        ...environment,
      },
    });
  }

  it('answers 503 without PostgreSQL, stays alive, and recovers by itself', async () => {
    const { url } = world.service.database;
    const wire = await proxyBefore(url);
    const service = await besides({ DATABASE_URL: wire.url(url) });
    const list = { method: 'GET', path: '/api/v1/orders', token: buyer.token };
    try {
      expect((await requestOver(service.url, list)).status).toBe(200);
      wire.cut();
      await eventually('readiness says so', async () => {
        return (await requestOver(service.url, { method: 'GET', path: '/health/ready' })).status === 503;
      });
      const [reading, creating] = await Promise.all([
        requestOver(service.url, list),
        requestOver(service.url, {
          method: 'POST',
          path: '/api/v1/orders',
          token: buyer.token,
          key: randomUUID(),
          body: world.orderBody(event),
        }),
      ]);
      for (const answer of [reading, creating]) {
        expect([answer.status, answer.body['retryable']]).toEqual([503, true]);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      }
      await eventually('health says so', async () => {
        const health = await requestOver(service.url, { method: 'GET', path: '/health' });
        return health.status === 503 && health.body['status'] === 'unhealthy';
      });
      expect((await requestOver(service.url, { method: 'GET', path: '/health/live' })).status).toBe(200);

      wire.mend();
      await eventually('it is ready again', async () => {
        return (await requestOver(service.url, { method: 'GET', path: '/health/ready' })).status === 200;
      });
      expect((await requestOver(service.url, list)).status).toBe(200);
      expect(service.isRunning).toBe(true);
    } finally {
      await service.kill();
    }
  }, 60_000);

  it.each(['cut', 'freeze'] as const)(
    'sells on while Redis is gone (%s)',
    async (how) => {
      const redisUrl = process.env.TEST_REDIS_URL ?? '';
      const wire = await proxyBefore(redisUrl);
      const service = await besides({
        REDIS_URL: wire.url(redisUrl),
        REDIS_TIMEOUT_MS: String(REDIS_TIMEOUT_MS),
        RATE_LIMIT_ENABLED: 'true',
        RATE_LIMIT_CREATE_PER_MINUTE: '1000',
      });
      try {
        wire[how]();
        for (let count = 0; count < 5; count += 1) {
          const created = await requestOver(service.url, {
            method: 'POST',
            path: '/api/v1/orders',
            token: buyer.token,
            key: randomUUID(),
            body: world.orderBody(event),
          });
          expect(created.status).toBe(201);
        }
        await eventually('the five requests are logged', () => durationsOf(service).length === 5);
        // A hung Redis is waited for once, by one request, and never twice by the same one.
        const slowed = durationsOf(service).filter((durationMs) => durationMs >= REDIS_TIMEOUT_MS);
        expect(slowed.length).toBeLessThanOrEqual(how === 'freeze' ? 1 : 0);
        expect(slowed.filter((durationMs) => durationMs >= 2 * REDIS_TIMEOUT_MS)).toEqual([]);
        expect((await requestOver(service.url, { method: 'GET', path: '/health/ready' })).status).toBe(200);
        await eventually('health says so', async () => {
          const health = await requestOver(service.url, { method: 'GET', path: '/health' });
          return (
            health.status === 200 &&
            health.body['status'] === 'degraded' &&
            (health.body['checks'] as { readonly redis: string }).redis === 'down'
          );
        });
      } finally {
        await service.kill();
      }
    },
    60_000,
  );

  it('stays ready without broker and siblings, and names them', async () => {
    const service = await ServiceProcess.start({
      siblings: 'http://127.0.0.1:9',
      database: world.service.database,
      environment: { RABBITMQ_URL: 'amqp://guest:guest@127.0.0.1:9' },
    });
    try {
      expect((await requestOver(service.url, { method: 'GET', path: '/health/ready' })).status).toBe(200);
      const health = await requestOver(service.url, { method: 'GET', path: '/health' });
      expect([health.status, health.body['status'], health.body['checks']]).toEqual([
        200,
        'degraded',
        {
          database: 'ok',
          redis: 'ok',
          rabbitmq: 'down',
          'payment-service': 'unreachable',
          'ticket-service': 'unreachable',
          'event-service': 'unreachable',
        },
      ]);
    } finally {
      await service.kill();
    }
  }, 60_000);

  it('calls a server that is switched off disabled, and is healthy', async () => {
    const service = await besides({ REDIS_URL: '', RABBITMQ_URL: '' });
    try {
      const health = await requestOver(service.url, { method: 'GET', path: '/health' });
      expect([health.body['status'], health.body['checks']]).toMatchObject([
        'healthy',
        { redis: 'disabled', rabbitmq: 'disabled', database: 'ok', 'payment-service': 'reachable' },
      ]);
    } finally {
      await service.kill();
    }
  }, 60_000);
});
