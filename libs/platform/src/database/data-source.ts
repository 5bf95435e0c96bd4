import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config-table.js';
import type { MigrationConfig } from '../config/load-config.js';
import { InitialSchema1763800000001 } from './migrations/0001-initial-schema.js';
import { EffectTraces1763838000002 } from './migrations/0002-effect-traces.js';
import { BirthHistory1795384800003 } from './migrations/0003-birth-history.js';
import { typeParsers } from './type-parsers.js';

/** Every migration, oldest first: an explicit list, so that a build never picks up a stray file. */
export const MIGRATIONS = [InitialSchema1763800000001, EffectTraces1763838000002, BirthHistory1795384800003];

/** Beyond statement_timeout, after which the server itself would have answered. */
export const SILENCE_GRACE_MS = 3_000;

/** Migrations run for as long as they need: they have no time-out. */
type PoolConfig = MigrationConfig & Partial<Pick<Config, 'DB_STATEMENT_TIMEOUT_MS'>>;

export type PoolName = 'request' | 'worker' | 'migration';

/** Connections of one purpose. Requests and background work have pools of their own, so neither can starve the other. */
export function dataSourceOptions(
  config: PoolConfig,
  pool: PoolName,
): DataSourceOptions & { readonly name: string } {
  const poolMax: Record<PoolName, number> = {
    request: config.DB_POOL_MAX,
    worker: config.DB_WORKER_POOL_MAX,
    migration: 1,
  };
  return {
    type: 'postgres',
    name: pool,
    url: pool === 'migration' ? config.DATABASE_MIGRATION_URL : config.DATABASE_URL,
    applicationName: `order-service/${pool}`,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    connectTimeoutMS: config.DB_ACQUIRE_TIMEOUT_MS,
    extra: {
      max: poolMax[pool],
      types: typeParsers,
      rolePrefix: config.DB_ROLE_PREFIX,
      keepAlive: true,
      // The server ends statements by itself; this is for one that has gone silent, and for BEGIN, COMMIT and ROLLBACK.
      ...(pool === 'migration' || config.DB_STATEMENT_TIMEOUT_MS === undefined
        ? {}
        : { query_timeout: config.DB_STATEMENT_TIMEOUT_MS + SILENCE_GRACE_MS }),
      // A connection that waits this long unused is closed, so that a fail-over is noticed.
      idleTimeoutMillis: 60_000,
    },
  };
}
