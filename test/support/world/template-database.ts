import { runMigrations } from '@app/platform';
import { Client } from 'pg';
import { platformConfig } from '../platform-parts.js';
import { createTestDatabase, type TestDatabase } from '../test-database.js';

/** A migrated database of its own: a copy of one that the first world of a run migrates. */
export async function copyOfMigratedDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ template: await migratedTemplate() });
}

async function migratedTemplate(): Promise<string> {
  const server = new URL(process.env.TEST_DATABASE_URL ?? '');
  const name = `${server.pathname.slice(1)}_template`;
  const client = new Client({ connectionString: server.href });
  await client.connect();
  try {
    // Two spec files that start together must not both migrate it; the lock ends with the connection.
    await client.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [name]);
    const { rowCount } = await client.query(
      `select 1 from pg_database where datname = $1 and shobj_description(oid, 'pg_database') = 'migrated'`,
      [name],
    );
    if (rowCount !== 0) return name;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    await runMigrations(
      platformConfig({ DATABASE_URL: url.href, DB_ROLE_PREFIX: process.env.DB_ROLE_PREFIX ?? '' }),
    );
    await client.query(`comment on database ${name} is 'migrated'`);
    return name;
  } finally {
    await client.end();
  }
}
