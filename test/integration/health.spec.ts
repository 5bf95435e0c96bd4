import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule } from '@app/health';
import {
  ConfigModule,
  createFastifyAdapter,
  Database,
  DatabaseModule,
  HTTP_EDGE_OPTIONS,
  HttpEdgeModule,
  Lifecycle,
  LoggingModule,
  Metrics,
  MetricsModule,
  METRIC_NAMES,
  RateLimitModule,
  RedisModule,
  setUpHttpEdge,
  type Config,
} from '@app/platform';
import { HealthController } from '../../apps/order-service/src/http/health.controller.js';
import { InfoController, MetricsController } from '../../apps/order-service/src/http/info.controller.js';
import { eventually } from '../support/eventually.js';
import { Logger } from 'nestjs-pino';
import { FakeSibling } from '../support/fake-sibling.js';
import { migratedDatabase, platformConfig, testRedisUrl } from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { TestDatabase } from '../support/test-database.js';

@Module({})
class ProbedModule {
  static of(config: Config): DynamicModule {
    return {
      module: ProbedModule,
      imports: [
        ConfigModule.of(config),
        LoggingModule,
        MetricsModule.servedBy(MetricsController),
        DatabaseModule,
        RedisModule,
        RateLimitModule,
        HttpEdgeModule,
        HealthModule,
      ],
      controllers: [HealthController, InfoController],
    };
  }
}

let testDatabase: TestDatabase;
let sibling: FakeSibling;
let app: NestFastifyApplication | undefined;
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  testDatabase = await migratedDatabase();
  sibling = await FakeSibling.start();
  sibling.answersJson(200, { status: 'alive' });
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
});

afterAll(async () => {
  await sibling.stop();
  await testDatabase.drop();
});

async function proxyBefore(url: string): Promise<TcpProxy> {
  const proxy = await TcpProxy.before(url);
  proxies.push(proxy);
  return proxy;
}

/** Starts the service's edge with its probes; everything is there unless `environment` says otherwise. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<NestFastifyApplication> {
  const config = platformConfig({
    DATABASE_URL: testDatabase.url,
    DB_ROLE_PREFIX: testDatabase.rolePrefix,
    REDIS_URL: testRedisUrl(),
    RABBITMQ_URL: process.env.TEST_RABBITMQ_URL ?? '',
    EVENT_SERVICE_URL: sibling.url,
    TICKET_SERVICE_URL: sibling.url,
    PAYMENT_SERVICE_URL: sibling.url,
    COMMIT_SHA: 'abc1234',
    ...environment,
  });
  app = await NestFactory.create<NestFastifyApplication>(
    ProbedModule.of(config),
    createFastifyAdapter(config),
    HTTP_EDGE_OPTIONS,
  );
  app.useLogger(app.get(Logger));
  setUpHttpEdge(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

interface Probed {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function probe(path: string): Promise<Probed> {
  const response = await ask(path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function ask(path: string): Promise<Response> {
  if (app === undefined) throw new Error('The application was not started.');
  // A probe that takes longer than two seconds has failed.
  return fetch(new URL(path, await app.getUrl()), { signal: AbortSignal.timeout(2_000) });
}

const aNumber: unknown = expect.any(Number);
const anInstant: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const aVersion: unknown = expect.stringMatching(/^\d+\.\d+\.\d+/);

const EVERYTHING = {
  database: 'ok',
  redis: 'ok',
  rabbitmq: 'ok',
  'payment-service': 'reachable',
  'ticket-service': 'reachable',
  'event-service': 'reachable',
};

describe('GET /health', () => {
  it('names all six dependencies when everything is there', async () => {
    await start();

    const { status, body } = await probe('/health');

    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'healthy',
      service: 'order-service',
      version: aVersion,
      timestamp: anInstant,
      checks: EVERYTHING,
      details: Object.fromEntries(Object.keys(EVERYTHING).map((name) => [name, { latencyMs: aNumber }])),
    });
  });

  it('calls disabled what is switched off by config, and is healthy without it', async () => {
    await start({ REDIS_URL: '', RABBITMQ_URL: '' });

    expect(await probe('/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy', checks: { ...EVERYTHING, redis: 'disabled', rabbitmq: 'disabled' } },
    });
  });

  it('is degraded, and answers 200, while only PostgreSQL is there', async () => {
    const nobody = 'http://127.0.0.1:9';
    await start({
      REDIS_URL: 'redis://127.0.0.1:9',
      RABBITMQ_URL: 'amqp://127.0.0.1:9',
      EVENT_SERVICE_URL: nobody,
      TICKET_SERVICE_URL: nobody,
      PAYMENT_SERVICE_URL: nobody,
    });

    expect(await probe('/health')).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        checks: {
          database: 'ok',
          redis: 'down',
          rabbitmq: 'down',
          'payment-service': 'unreachable',
          'ticket-service': 'unreachable',
          'event-service': 'unreachable',
        },
      },
    });
  });

  it('answers within two seconds while everything hangs, PostgreSQL too', async () => {
    const wires = await Promise.all(
      [testDatabase.url, testRedisUrl(), process.env.TEST_RABBITMQ_URL ?? '', sibling.url].map(
        async (target) => {
          const proxy = await proxyBefore(target);
          return { proxy, url: proxy.url(target) };
        },
      ),
    );
    const [database, redis, rabbitmq, siblings] = wires.map(({ url }) => url);
    await start({
      DATABASE_URL: database ?? '',
      REDIS_URL: redis ?? '',
      RABBITMQ_URL: rabbitmq ?? '',
      EVENT_SERVICE_URL: siblings ?? '',
      TICKET_SERVICE_URL: siblings ?? '',
      PAYMENT_SERVICE_URL: siblings ?? '',
    });
    expect((await probe('/health/startup')).status).toBe(200);
    for (const { proxy } of wires) proxy.freeze();

    const { status, body } = await probe('/health');

    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'unhealthy',
      checks: {
        database: 'down',
        redis: 'down',
        rabbitmq: 'down',
        'payment-service': 'unreachable',
        'ticket-service': 'unreachable',
        'event-service': 'unreachable',
      },
    });
    expect(await probe('/health/live')).toEqual({ status: 200, body: { status: 'alive' } });
    expect((await ask('/metrics')).status).toBe(200);
    for (const { proxy } of wires) proxy.mend();
  });

  it('asks each dependency once for many who ask at the same time', async () => {
    await start();
    const before = sibling.received.length;

    await Promise.all(Array.from({ length: 20 }, () => probe('/health')));

    expect(sibling.received.length - before).toBe(3);
  });
});

describe('GET /health/ready', () => {
  it('is 200 while PostgreSQL answers, whatever else is away', async () => {
    await start({
      REDIS_URL: 'redis://127.0.0.1:9',
      RABBITMQ_URL: 'amqp://127.0.0.1:9',
      TICKET_SERVICE_URL: 'http://127.0.0.1:9',
    });

    expect(await probe('/health/ready')).toEqual({
      status: 200,
      body: { status: 'ready', checks: { database: 'ok', migrations: 'applied' }, draining: false },
    });
  });

  it('is 503 while PostgreSQL is away, and 200 again when it is back', async () => {
    const proxy = await proxyBefore(testDatabase.url);
    await start({ DATABASE_URL: proxy.url(testDatabase.url) });
    expect((await probe('/health/ready')).status).toBe(200);
    proxy.cut();

    await eventually('not ready', async () => (await probe('/health/ready')).status === 503);
    expect((await probe('/health/live')).status).toBe(200);
    proxy.mend();
    await eventually('ready again', async () => (await probe('/health/ready')).status === 200);
  });

  it('is 503 from the moment the process is told to end', async () => {
    const running = await start();
    await running.get(Lifecycle).beginDrain();

    expect(await probe('/health/ready')).toEqual({
      status: 503,
      body: { status: 'not_ready', checks: { database: 'ok', migrations: 'applied' }, draining: true },
    });
    expect((await probe('/health/live')).status).toBe(200);
  });
});

describe('GET /health/startup and /health/db', () => {
  it('say when migrations are applied', async () => {
    await start();

    expect(await probe('/health/startup')).toEqual({
      status: 200,
      body: { status: 'started', checks: { database: 'ok', migrations: 'applied' } },
    });
  });

  it('show latency and the pools', async () => {
    await start({ DB_POOL_MAX: '7', DB_WORKER_POOL_MAX: '3' });

    expect(await probe('/health/db')).toEqual({
      status: 200,
      body: {
        status: 'ok',
        latencyMs: aNumber,
        pools: {
          request: { max: 7, total: aNumber, idle: aNumber, waiting: 0 },
          worker: { max: 3, total: aNumber, idle: aNumber, waiting: 0 },
        },
      },
    });
  });

  it('answer 503 without PostgreSQL', async () => {
    const proxy = await proxyBefore(testDatabase.url);
    await start({ DATABASE_URL: proxy.url(testDatabase.url) });
    proxy.cut();

    await eventually('the loss is noticed', async () => (await probe('/health/db')).status === 503);
    expect(await probe('/health/db')).toMatchObject({ status: 503, body: { status: 'down' } });
    expect(await probe('/health/startup')).toMatchObject({ status: 503, body: { status: 'starting' } });
  });
});

describe('GET /info', () => {
  it('names the build', async () => {
    await start();

    expect(await probe('/info')).toEqual({
      status: 200,
      body: {
        name: 'order-service',
        version: aVersion,
        commit: 'abc1234',
        nodeVersion: process.version,
        uptimeSeconds: aNumber,
        startedAt: anInstant,
      },
    });
  });
});

describe('GET /metrics', () => {
  it('exposes every metric of the table and those of Node', async () => {
    await start();

    const response = await ask('/metrics');
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    for (const name of METRIC_NAMES) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('circuit_breaker_state{upstream="payment-service"} 0');
    expect(text).toMatch(/^http_requests_in_flight 1$/m);
  });

  it('counts requests by route pattern, also those nobody answers', async () => {
    await start();
    await probe('/health/live');
    await (await ask('/nothing/here?email=ada@example.com')).text();

    const text = await (await ask('/metrics')).text();

    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/health/live",status="200"} 1',
    );
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="none",status="404"} 1');
    expect(text).not.toContain('ada@');
  });

  it('reads the database gauges of all tenants', async () => {
    const running = await start();
    await running
      .get(Database)
      .transaction({ tenantId: '01987722-0000-7000-8000-000000000001' }, async (tx) => {
        for (const [subject, state] of [
          ['a', 'OPEN'],
          ['b', 'ACKNOWLEDGED'],
          ['c', 'RESOLVED'],
        ]) {
          await tx.execute(
            `insert into reconciliation_findings (tenant_id, id, kind, subject, state, first_seen_at, last_seen_at)
           values ($1, gen_random_uuid(), 'money-missing', $2, $3, now(), now())`,
            [tx.tenant(), subject, state],
          );
        }
      });

    const text = await (await ask('/metrics')).text();

    expect(text).toContain('reconciliation_findings{kind="money-missing"} 2');
    expect(text).toMatch(/^active_reservations 0$/m);
    expect(text).toMatch(/^outbox_pending 0$/m);
    expect(text).toMatch(/^outbox_oldest_age_seconds 0$/m);
  });

  it('is closed by config, as if it were not there', async () => {
    const running = await start({ METRICS_ENABLED: 'false' });
    running.get(Metrics).increment('orders_expired_total');

    expect(await probe('/metrics')).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } });
  });
});
