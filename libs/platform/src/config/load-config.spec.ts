import { ConfigError, loadMigrationConfig } from './load-config.js';

describe('what migrations are configured with', () => {
  it('needs the address of the database and nothing else of the service', () => {
    expect(loadMigrationConfig({ DATABASE_URL: 'postgres://app@db/orders' })).toMatchObject({
      DATABASE_MIGRATION_URL: 'postgres://app@db/orders',
      DB_ROLE_PREFIX: 'order_service',
    });
  });

  it('prefers the login that owns the schema', () => {
    expect(
      loadMigrationConfig({
        DATABASE_URL: 'postgres://app@db/orders',
        DATABASE_MIGRATION_URL: 'postgres://owner@db/orders',
      }),
    ).toMatchObject({ DATABASE_MIGRATION_URL: 'postgres://owner@db/orders' });
  });

  it('is content with that login alone', () => {
    expect(loadMigrationConfig({ DATABASE_MIGRATION_URL: 'postgres://owner@db/orders' })).toMatchObject({
      DATABASE_MIGRATION_URL: 'postgres://owner@db/orders',
    });
  });

  it('names what is missing or wrong, all at once', () => {
    expect(problemsOf({ DB_ROLE_PREFIX: 'Not A Prefix', DB_POOL_MAX: 'many' })).toEqual([
      expect.stringContaining('DATABASE_URL is required'),
      expect.stringContaining('DB_ROLE_PREFIX'),
      expect.stringContaining('DB_POOL_MAX'),
    ]);
  });
});

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadMigrationConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
