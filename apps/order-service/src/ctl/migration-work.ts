import { ConfigError, loadMigrationConfig, migrationStatus, type MigrationStatus } from '@app/platform';
import { CtlError } from './ctl-error.js';

/** insufficient_privilege */
const FORBIDDEN = '42501';

/** @throws CtlError when the environment names no database, or a login that may not look */
export async function readMigrationStatus(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<MigrationStatus> {
  try {
    return await migrationStatus(loadMigrationConfig(environment));
  } catch (error) {
    if (error instanceof ConfigError) throw new CtlError('setting', error.message);
    if (isForbidden(error)) {
      throw new CtlError(
        'permission',
        'This login may not read schema_migrations. Set DATABASE_MIGRATION_URL to the one that owns the schema.',
      );
    }
    throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === FORBIDDEN;
}
