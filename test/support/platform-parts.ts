import { randomBytes } from 'node:crypto';
import { systemClock } from '@app/kernel';
import {
  Database,
  dataSourceOptions,
  loggerParams,
  Metrics,
  RedisConnection,
  runMigrations,
  SharedRateLimiter,
  type Config,
} from '@app/platform';
import { PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { upstreamConfig } from './fake-sibling.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export const silentLogger = new PinoLogger(
  loggerParams({ LOG_LEVEL: 'silent', OTEL_EXPORTER_OTLP_ENDPOINT: '' }),
);

export const testRedisUrl = (): string => process.env.TEST_REDIS_URL ?? '';

/** Keys nobody else has: the Redis of a run is shared. */
export function freshPrefix(): string {
  return `${process.env.REDIS_KEY_PREFIX ?? 'test:'}${randomBytes(4).toString('hex')}:`;
}

/** A checked configuration; siblings are where nobody listens unless named. */
export function platformConfig(environment: Readonly<Record<string, string>> = {}): Config {
  return upstreamConfig('http://127.0.0.1:9', {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    REDIS_KEY_PREFIX: freshPrefix(),
    // Generous, so that a busy machine does not look like a dead Redis.
    REDIS_TIMEOUT_MS: '500',
    ...environment,
  });
}

export async function connectedRedis(config: Config): Promise<RedisConnection> {
  const redis = new RedisConnection(config, silentLogger);
  await redis.onModuleInit();
  return redis;
}

export function newMetrics(): Metrics {
  return new Metrics(new Registry());
}

export function newRateLimiter(config: Config, redis: RedisConnection): SharedRateLimiter {
  return new SharedRateLimiter(config, systemClock, redis);
}

/** A migrated database of its own, for one spec file. */
export async function migratedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await runMigrations(platformConfig({ DATABASE_URL: database.url, DB_ROLE_PREFIX: database.rolePrefix }));
  return database;
}

export interface OpenDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const request = await new DataSource(dataSourceOptions(config, 'request')).initialize();
  const worker = await new DataSource(dataSourceOptions(config, 'worker')).initialize();
  return {
    database: new Database(config, request, worker),
    close: async () => {
      await Promise.all([request.destroy(), worker.destroy()]);
    },
  };
}
