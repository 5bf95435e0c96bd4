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

  it.each([
    [
      'may bypass the policies',
      `alter role ${login} bypassrls`,
      `alter role ${login} nobypassrls`,
      'has BYPASSRLS',
    ],
    [
      'may make roles',
      `alter role ${login} createrole`,
      `alter role ${login} nocreaterole`,
      'has CREATEROLE',
    ],
    [
      'can become one that may bypass the policies',
      `create role ${login}_admin bypassrls; grant ${login}_admin to ${login}`,
      `drop role ${login}_admin`,
      `can become ${login}_admin`,
    ],
    [
      'can become a superuser',
      `create role ${login}_root superuser; grant ${login}_root to ${login}`,
      `drop role ${login}_root`,
      `can become ${login}_root`,
    ],
    [
      'meets a table whose policies are off',
      'alter table orders disable row level security',
      'alter table orders enable row level security',
      'row-level security is off on orders',
    ],
    [
      'meets a table whose owner is not bound',
      'alter table outbox no force row level security',
      'alter table outbox force row level security',
      'row-level security is off on outbox',
    ],
  ])('is refused while it %s, and accepted afterwards', async (_what, make, mend, problem) => {
    await owner.query(make);
    try {
      await expect(assertHarmlessLogin(asPlainLogin())).rejects.toThrow(problem);
    } finally {
      await owner.query(mend);
    }

    await expect(assertHarmlessLogin(asPlainLogin())).resolves.toBeUndefined();
  });
});
