import { DataSource } from 'typeorm';
import type { MigrationConfig } from '../config/load-config.js';
import { dataSourceOptions } from './data-source.js';

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
