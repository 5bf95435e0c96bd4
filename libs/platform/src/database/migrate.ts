import { DataSource } from 'typeorm';
import type { MigrationConfig } from '../config/load-config.js';
import { dataSourceOptions, MIGRATIONS } from './data-source.js';

/** One migration at a time per database: the key of a session-level advisory lock of the migrating connection. */
const MIGRATION_LOCK = "hashtextextended('order-service migrations', 0)";

export interface MigrationResult {
  readonly applied: readonly string[];
}

/** Applies every missing migration, oldest first; a second process waits for the first and then finds nothing to do. */
export async function runMigrations(config: MigrationConfig): Promise<MigrationResult> {
  return withMigrationSource(config, async (dataSource) => {
    const guard = new DataSource(dataSourceOptions(config, 'migration'));
    await guard.initialize();
    try {
      await guard.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
      const applied = await dataSource.runMigrations();
      return { applied: applied.map((migration) => migration.name) };
    } finally {
      // Closing the connection gives the lock back, also when the migration failed.
      await guard.destroy();
    }
  });
}

export interface MigrationStatus {
  /** In the order in which they were applied. */
  readonly applied: readonly string[];
  /** What this build brings and the database lacks, in the order in which it would be applied. */
  readonly missing: readonly string[];
  /** What the database has and this build does not know: a newer build has been here. */
  readonly unknown: readonly string[];
}

/** Compares this build with the database, and changes nothing. */
export async function migrationStatus(config: MigrationConfig): Promise<MigrationStatus> {
  const applied = await withMigrationSource(config, appliedMigrations);
  const known = MIGRATIONS.map((migration) => migration.name);
  return {
    applied,
    missing: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function appliedMigrations(dataSource: DataSource): Promise<readonly string[]> {
  const [ledger] = await dataSource.query<{ readonly isThere: boolean }[]>(
    `select to_regclass('schema_migrations') is not null as "isThere"`,
  );
  // A database that no migration has reached yet has no ledger either.
  if (ledger?.isThere !== true) return [];
  const rows = await dataSource.query<{ readonly name: string }[]>(
    'select name from schema_migrations order by id',
  );
  return rows.map(({ name }) => name);
}

async function withMigrationSource<T>(
  config: MigrationConfig,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = new DataSource(dataSourceOptions(config, 'migration'));
  await dataSource.initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
