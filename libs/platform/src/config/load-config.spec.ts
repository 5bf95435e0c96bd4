import { CRASH_POINTS } from '../crash-points/crash-points-table.js';
import { ConfigError, loadConfig, loadMigrationConfig } from './load-config.js';

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

const ENVIRONMENT = {
  DATABASE_URL: 'postgres://app@db/orders',
  EVENT_SERVICE_URL: 'http://events',
  TICKET_SERVICE_URL: 'http://tickets',
  PAYMENT_SERVICE_URL: 'http://payments',
  SERVICE_SIGNING_KEY: '-----BEGIN PRIVATE KEY-----',
  APP_SECRETS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  AUTH_SERVICE_URL: 'http://auth',
};

describe('what the service is configured with', () => {
  it('fetches the keys of both audiences from auth-service where nothing else is said', () => {
    expect(loadConfig(ENVIRONMENT)).toMatchObject({
      AUTH_JWKS_URL: 'http://auth/.well-known/jwks.json',
      SERVICE_JWKS_URL: 'http://auth/.well-known/jwks.json',
      DATABASE_MIGRATION_URL: 'postgres://app@db/orders',
    });
  });

  it('takes a key, an address of keys and a login that were given', () => {
    const given = {
      ...ENVIRONMENT,
      AUTH_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----',
      SERVICE_JWKS_URL: 'http://keys/set.json',
      DATABASE_MIGRATION_URL: 'postgres://owner@db/orders',
    };
    expect(loadConfig(given)).toMatchObject({
      AUTH_JWKS_URL: '',
      SERVICE_JWKS_URL: 'http://keys/set.json',
      DATABASE_MIGRATION_URL: 'postgres://owner@db/orders',
    });
  });

  it.each([
    [{ PROCESS_ROLES: ',' }, 'PROCESS_ROLES must name http, worker or both'],
    [{ APP_SECRETS: ',' }, 'APP_SECRETS must hold at least one key (kid:base64)'],
    [
      { AUTH_JWKS_URL: 'http://keys', AUTH_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----' },
      'AUTH_JWKS_URL and AUTH_PUBLIC_KEY exclude each other: set one',
    ],
    [
      { AUTH_SERVICE_URL: '', AUTH_JWKS_URL: 'http://keys' },
      'SERVICE_JWKS_URL, SERVICE_PUBLIC_KEY or AUTH_SERVICE_URL is required: without one no token can be checked',
    ],
    [
      { CRASH_POINT: CRASH_POINTS[0] ?? '', NODE_ENV: 'production' },
      'CRASH_POINT is for fault tests and must be unset in production',
    ],
    [
      { UPSTREAM_CONNECT_TIMEOUT_MS: '2000', UPSTREAM_TIMEOUT_MS: '2000' },
      'UPSTREAM_CONNECT_TIMEOUT_MS must be less than UPSTREAM_TIMEOUT_MS',
    ],
  ])('refuses settings that contradict each other: %j', (more, problem) => {
    expect(problemsOf({ ...ENVIRONMENT, ...more }, loadConfig)).toEqual([problem]);
  });
});

function problemsOf(
  environment: Readonly<Record<string, string>>,
  load: (environment: Readonly<Record<string, string>>) => unknown = loadMigrationConfig,
): readonly string[] {
  try {
    load(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
