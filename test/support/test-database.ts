import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  /** The role prefix of this run, for DB_ROLE_PREFIX: roles are shared by all databases of a server. */
  readonly rolePrefix: string;
  drop(): Promise<void>;
}

const OBJECT_IN_USE = '55006';
const TEMPLATE_TRIES_MAX = 50;

/**
 * A database of its own for one spec file, on the server of the global set-up; a copy of `template` when one is named.
 * What is not dropped by the test goes with the run.
 * @throws when the global set-up has not run, or the template stays in use
 */
export async function createTestDatabase(
  options: { readonly template?: string } = {},
): Promise<TestDatabase> {
  const serverUrl = requiredEnvironment('TEST_DATABASE_URL');
  const url = new URL(serverUrl);
  const name = `${url.pathname.slice(1)}_${randomBytes(4).toString('hex')}`;
  const source =
    options.template === undefined ? '' : ` template "${options.template.replaceAll('"', '""')}"`;
  await onServer(serverUrl, (client) => createPatiently(client, `create database ${name}${source}`));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    rolePrefix: requiredEnvironment('DB_ROLE_PREFIX'),
    drop: () =>
      onServer(serverUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** PostgreSQL copies a template only while nobody is connected to it, and a closed connection lingers a moment. */
async function createPatiently(client: Client, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== OBJECT_IN_USE || attempt >= TEMPLATE_TRIES_MAX) throw error;
      await sleep(100);
    }
  }
}

async function onServer(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function requiredEnvironment(name: string): string {
  const value = process.env[name] ?? '';
  if (value === '') {
    throw new Error(
      `${name} is missing: run this file in Jest's integration or e2e project, whose set-up starts the servers.`,
    );
  }
  return value;
}
