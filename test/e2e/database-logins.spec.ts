import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { freePort } from '../../scripts/servers/free-port.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DIST = join(__dirname, '../../dist/apps/order-service/src');
const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const run = randomBytes(4).toString('hex');
const prefix = `ops${run}`;
const owner = `${prefix}_owner`;
const login = `${prefix}_login`;
const children: ChildProcess[] = [];
let database: TestDatabase;

/** The logins an operator makes, under names of this run: roles are shared by all databases of a server. */
beforeAll(async () => {
  database = await createTestDatabase();
  await asAdmin(shippedLogins());
});

afterEach(async () => {
  await Promise.all(children.splice(0).map(ended));
});

afterAll(async () => {
  await database.drop();
  for (const role of [login, owner, `${prefix}_worker`, `${prefix}_app`])
    await asServerAdmin(`drop role ${role}`);
});

describe('the logins an operator makes', () => {
  it('migrates as the owner of the schema, with no other setting', async () => {
    const first = await migrate({ DATABASE_MIGRATION_URL: urlOf(owner, 'owner'), DB_ROLE_PREFIX: prefix });
    const second = await migrate({ DATABASE_MIGRATION_URL: urlOf(owner, 'owner'), DB_ROLE_PREFIX: prefix });

    expect(first).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Applied InitialSchema/) as string,
    });
    expect(second).toMatchObject({ code: 0, output: 'Every migration was applied before.\n' });
  });

  it('says in a sentence what a migration misses', async () => {
    expect(await migrate({})).toMatchObject({
      code: 78,
      output: expect.stringContaining('DATABASE_URL is required') as string,
    });
  });

  it('serves in production with the login that owns nothing', async () => {
    const { port } = await startService(urlOf(login, 'login'));

    await eventually('the service is ready', async () => (await statusOf(port, '/health/ready')) === 200);
    expect(await statusOf(port, '/health/startup')).toBe(200);
  });

  it.each([
    ['the owner of the tables', () => urlOf(owner, 'owner'), '_owner owns audit_log'],
    ['a superuser', () => database.url, 'is a superuser'],
  ])('refuses %s in production', async (_who, url, reason) => {
    const { output, exitCode } = await startService(url());

    expect(await exitCode).toBe(78);
    expect(output()).toContain(reason);
  });

  it('refuses its own login in production once it may bypass row-level security', async () => {
    await asServerAdmin(`alter role ${login} bypassrls`);
    try {
      const { output, exitCode } = await startService(urlOf(login, 'login'));

      expect(await exitCode).toBe(78);
      expect(output()).toContain(`${login} has BYPASSRLS`);
    } finally {
      await asServerAdmin(`alter role ${login} nobypassrls`);
    }
  });
});

function migrate(environment: Readonly<Record<string, string>>): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(DIST, 'migrate.js')],
      { env: { PATH: process.env.PATH, ...environment } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` });
      },
    );
  });
}

async function startService(databaseUrl: string): Promise<{
  readonly port: number;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(DIST, 'main.js')], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DB_ROLE_PREFIX: prefix,
      EVENT_SERVICE_URL: 'http://127.0.0.1:9',
      TICKET_SERVICE_URL: 'http://127.0.0.1:9',
      PAYMENT_SERVICE_URL: 'http://127.0.0.1:9',
      AUTH_SERVICE_URL: 'http://127.0.0.1:9',
      SERVICE_SIGNING_KEY: privateKey,
      APP_SECRETS: `test:${randomBytes(32).toString('base64')}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { port, output: () => Buffer.concat(chunks).toString('utf8'), exitCode };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function statusOf(port: number, path: string): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return 0;
  }
}

/** docker/postgres/logins.sql with what psql would put into it, and this run's names. */
function shippedLogins(): string {
  return readFileSync(join(__dirname, '../../docker/postgres/logins.sql'), 'utf8')
    .replaceAll('order_service_', `${prefix}_`)
    .replaceAll(":'owner_password'", "'owner'")
    .replaceAll(":'login_password'", "'login'")
    .replaceAll(':"database"', `"${databaseName()}"`);
}

function databaseName(): string {
  return new URL(database.url).pathname.slice(1);
}

function urlOf(user: string, password: string): string {
  const url = new URL(database.url);
  url.username = user;
  url.password = password;
  return url.href;
}

async function asAdmin(sql: string): Promise<void> {
  await onDatabase(database.url, sql);
}

/** On the server's own database: ours is gone by then. */
async function asServerAdmin(sql: string): Promise<void> {
  const url = new URL(database.url);
  url.pathname = '/postgres';
  await onDatabase(url.href, sql);
}

async function onDatabase(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
