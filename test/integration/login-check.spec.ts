import { DataSource } from 'typeorm';
import {
  assertHarmlessLogin,
  DangerousLoginError,
  dataSourceOptions,
  loadConfig,
  runMigrations,
  type Config,
} from '@app/platform';
import { createTestDatabase } from '../support/test-database.js';

function configFor(url: string, rolePrefix: string): Config {
  return loadConfig({
    DATABASE_URL: url,
    DB_ROLE_PREFIX: rolePrefix,
    EVENT_SERVICE_URL: 'http://127.0.0.1:1',
    TICKET_SERVICE_URL: 'http://127.0.0.1:1',
    PAYMENT_SERVICE_URL: 'http://127.0.0.1:1',
    AUTH_SERVICE_URL: 'http://127.0.0.1:1',
    SERVICE_SIGNING_KEY: '-----BEGIN PRIVATE KEY-----',
    APP_SECRETS: `k:${Buffer.alloc(32).toString('base64')}`,
  });
}

describe('the login of production', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let owner: DataSource;
  const login = `plain_login_${process.pid}`;

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = configFor(database.url, database.rolePrefix);
    await runMigrations(config);
    owner = await new DataSource(dataSourceOptions(config, 'migration')).initialize();
    await owner.query(`create role ${login} login nosuperuser`);
  });

  afterAll(async () => {
    await owner.query(`drop owned by ${login}`);
    await owner.query(`drop role ${login}`);
    await owner.destroy();
    await database.drop();
  });

  function asPlainLogin(): Config {
    const url = new URL(database.url);
    url.username = login;
    return configFor(url.href, database.rolePrefix);
  }

  it('is refused while it is a superuser that owns the tables', async () => {
    const attempt = assertHarmlessLogin(configFor(database.url, database.rolePrefix));
    await expect(attempt).rejects.toThrow(DangerousLoginError);
    await expect(attempt).rejects.toThrow(/is a superuser/);
  });

  it('is refused while it is no member of the roles that transactions take', async () => {
    await expect(assertHarmlessLogin(asPlainLogin())).rejects.toThrow(
      `is not a member of ${database.rolePrefix}_app`,
    );
  });

  it('is accepted once it is a member of both roles and owns nothing', async () => {
    await owner.query(`grant ${database.rolePrefix}_app, ${database.rolePrefix}_worker to ${login}`);
    await expect(assertHarmlessLogin(asPlainLogin())).resolves.toBeUndefined();
  });
});
