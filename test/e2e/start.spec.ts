import { generateKeyPairSync } from 'node:crypto';
import { runMigrations } from '@app/platform';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';
import { requestOver, type HttpAnswer } from '../support/http-request.js';
import { platformConfig } from '../support/platform-parts.js';
import { ServiceProcess } from '../support/service-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { newSigningKey, publicPem, sign, userClaims } from '../support/token-issuer.js';

const PATIENCE_MS = 60_000;
const NOBODY = 'http://127.0.0.1:9';
const key = newSigningKey('ES256');

let database: TestDatabase;
const services: ServiceProcess[] = [];
const wires: TcpProxy[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const service of services.splice(0)) if (service.isRunning) await service.kill();
  await Promise.all(wires.splice(0).map((wire) => wire.stop()));
  await database.drop();
});

async function wireTo(url: string): Promise<TcpProxy> {
  const wire = await TcpProxy.before(url);
  wires.push(wire);
  return wire;
}

/** Started, and not waited for. */
async function started(environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = await ServiceProcess.prepare({
    siblings: NOBODY,
    database,
    environment: {
      AUTH_PUBLIC_KEY: publicPem(key),
      SERVICE_PUBLIC_KEY: generateKeyPairSync('ed25519', {
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).publicKey,
      AUTH_SERVICE_URL: '',
      ...environment,
    },
  });
  services.push(service);
  service.spawn();
  await eventually('the process listens', () => answers(service, '/health/live', 200), PATIENCE_MS);
  return service;
}

function probe(service: ServiceProcess, path: string): Promise<HttpAnswer> {
  return requestOver(service.url, { method: 'GET', path });
}

function answers(service: ServiceProcess, path: string, status: number): Promise<boolean> {
  return probe(service, path).then(
    (answer) => answer.status === status,
    () => false,
  );
}

function said(service: ServiceProcess, text: string): number {
  return service.logLines().filter((line) => String(line['msg']).includes(text)).length;
}

async function listOrders(service: ServiceProcess): Promise<HttpAnswer> {
  const token = await sign(key, userClaims(new Date()));
  return requestOver(service.url, { method: 'GET', path: '/api/v1/orders', token });
}

/** What everybody hears while the start is not over. */
async function expectNotServing(
  service: ServiceProcess,
  checks: Readonly<Record<'database' | 'migrations', string>>,
): Promise<void> {
  expect((await probe(service, '/health/startup')).body).toEqual({ status: 'starting', checks });
  const ready = await probe(service, '/health/ready');
  expect([ready.status, ready.body]).toEqual([503, { status: 'not_ready', checks, draining: false }]);
  expect((await probe(service, '/health/live')).status).toBe(200);
  const refused = await listOrders(service);
  expect([refused.status, refused.code, refused.body['retryable']]).toEqual([
    503,
    'UPSTREAM_UNAVAILABLE',
    true,
  ]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

async function expectServing(service: ServiceProcess): Promise<void> {
  await eventually('the service is ready', () => answers(service, '/health/ready', 200), PATIENCE_MS);
  expect((await probe(service, '/health/startup')).body).toEqual({
    status: 'started',
    checks: { database: 'ok', migrations: 'applied' },
  });
  expect((await listOrders(service)).status).toBe(200);
}

describe.each([
  ['refuses connections', 'cut'],
  ['takes them and never answers', 'freeze'],
] as const)('a service that starts while PostgreSQL %s', (_what, how) => {
  it('runs, says what it waits for, and serves by itself as soon as PostgreSQL is there', async () => {
    const wire = await wireTo(database.url);
    wire[how]();
    const service = await started({ DATABASE_URL: wire.url(database.url), DB_ACQUIRE_TIMEOUT_MS: '500' });

    await expectNotServing(service, { database: 'down', migrations: 'pending' });
    expect(said(service, 'Waiting for PostgreSQL')).toBe(1);

    wire.mend();
    await expectServing(service);
    expect(said(service, 'the start goes on')).toBe(1);
    expect(said(service, 'a job failed')).toBe(0);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a service that starts before its migrations', () => {
  it('says so, serves nothing, and serves by itself once they are applied', async () => {
    const service = await started({ MIGRATE_ON_START: 'false' });

    await expectNotServing(service, { database: 'ok', migrations: 'pending' });
    expect(said(service, 'Waiting for migrations')).toBe(1);

    await runMigrations(platformConfig({ DATABASE_URL: database.url, DB_ROLE_PREFIX: database.rolePrefix }));
    await expectServing(service);
  });

  it('can be told to end meanwhile', async () => {
    const service = await started({ MIGRATE_ON_START: 'false' });

    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a service that starts without Redis and RabbitMQ', () => {
  it('is ready without them, and uses them as soon as they are there', async () => {
    const redisUrl = process.env.TEST_REDIS_URL ?? '';
    const broker = await TestBroker.open();
    const [redis, rabbitmq] = [await wireTo(redisUrl), await wireTo(broker.url)];
    redis.cut();
    rabbitmq.cut();
    const service = await started({
      REDIS_URL: redis.url(redisUrl),
      RABBITMQ_URL: rabbitmq.url(broker.url),
      RABBITMQ_PREFIX: broker.prefix,
    });

    await expectServing(service);
    await eventually(
      'health names both',
      () => sees(service, { redis: 'down', rabbitmq: 'down' }),
      PATIENCE_MS,
    );

    redis.mend();
    rabbitmq.mend();
    await eventually('health has both', () => sees(service, { redis: 'ok', rabbitmq: 'ok' }), PATIENCE_MS);
    await eventually(
      'messages are taken',
      async () => (await broker.consumers('order-service.events')) === 1,
    );
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    await broker.close();
  });
});

async function sees(service: ServiceProcess, checks: Readonly<Record<string, string>>): Promise<boolean> {
  const seen = (await probe(service, '/health')).body['checks'] as Readonly<Record<string, string>>;
  return Object.entries(checks).every(([name, reading]) => seen[name] === reading);
}
