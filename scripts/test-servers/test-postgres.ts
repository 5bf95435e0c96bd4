import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  answersQueries,
  initialisePostgres,
  postgresUrl,
  runStatements,
  startPostgres,
} from '../servers/embedded-postgres.js';
import { freePort } from '../servers/free-port.js';
import { runnableBinaries } from '../servers/postgres-binaries.js';
import { ownedDirectory } from '../servers/reachable-place.js';
import { unprivilegedUser } from '../servers/unprivileged-user.js';
import type { RunRecord } from './run-record.js';

const DEFAULT_URL = 'postgres://postgres@127.0.0.1:5432/postgres';

/** A database and roles of ours on a server that is not ours. */
export interface BorrowedPostgres {
  readonly serverUrl: string;
  readonly database: string;
  readonly rolePrefix: string;
}

/** How a private server is to be; a borrowed one is as it is. */
interface PostgresWish {
  /** Commits wait for the disk, as in production. */
  readonly isDurable: boolean;
}

/**
 * A fresh database for this run: on the server the environment names, else on the default port, else on an embedded
 * server of our own.
 * @throws when the named server does not answer: it is never replaced silently
 */
export async function provideTestPostgres(
  run: RunRecord,
  how: PostgresWish = { isDurable: false },
): Promise<Record<string, string>> {
  const database = `order_service_test_${run.runId}`;
  const rolePrefix = `t${run.runId}`;
  const serverUrl = (await runningServer()) ?? (await privateServer(run, how));
  run.borrows({ postgres: { serverUrl, database, rolePrefix } });
  await runStatements(serverUrl, [`create database ${database}`]);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return { TEST_DATABASE_URL: url.href, DB_ROLE_PREFIX: rolePrefix };
}

async function runningServer(): Promise<string | undefined> {
  for (const name of ['TEST_DATABASE_URL', 'DATABASE_URL']) {
    const named = process.env[name]?.trim() ?? '';
    if (named === '') continue;
    if (await answersQueries(named)) return named;
    throw new Error(
      `${name} is set, but no PostgreSQL answers there. Start it, correct the address, or unset ${name}.`,
    );
  }
  return (await mayCreate(DEFAULT_URL)) ? DEFAULT_URL : undefined;
}

/** A stranger's server on the default port is of use only when we may make databases and roles on it. */
async function mayCreate(url: string): Promise<boolean> {
  if (!(await answersQueries(url))) return false;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      'select 1 from pg_roles where rolname = current_user and (rolsuper or (rolcreatedb and rolcreaterole))',
    );
    return rowCount === 1;
  } finally {
    await client.end();
  }
}

async function privateServer(run: RunRecord, { isDurable }: PostgresWish): Promise<string> {
  const user = unprivilegedUser();
  const options = {
    binaries: runnableBinaries(user, join(run.directory, 'postgres-binaries')),
    dataDir: join(ownedDirectory(run.directory, 'postgres', user), 'data'),
    user,
    password: randomBytes(12).toString('hex'),
    port: await freePort(),
    logFile: join(run.directory, 'postgres.log'),
    // The data dies with the run, so durability would only cost time.
    settings: [
      'max_connections=300',
      ...(isDurable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ],
    started: run.started,
  };
  initialisePostgres(options);
  await startPostgres(options);
  return postgresUrl(options, 'postgres');
}

/** Drops the databases and roles that carry the run's names, whoever is still connected. */
export async function dropTestDatabases(borrowed: BorrowedPostgres): Promise<void> {
  if (!(await answersQueries(borrowed.serverUrl))) return;
  const client = new Client({ connectionString: borrowed.serverUrl });
  await client.connect();
  try {
    const databases = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [borrowed.database],
    );
    for (const { name } of databases.rows) {
      await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
    }
    const roles = await client.query<{ name: string }>(
      'select rolname as name from pg_roles where starts_with(rolname, $1)',
      [`${borrowed.rolePrefix}_`],
    );
    for (const { name } of roles.rows)
      await client.query(`drop role if exists ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
