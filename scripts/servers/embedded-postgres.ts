import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import {
  lastLogLines,
  startProcess,
  stopProcess,
  type OwnedProcess,
  type StopStep,
  type UserIds,
} from './owned-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { commandLineOf, identityOf } from './process-identity.js';
import { waitUntil } from './wait-until.js';

export const POSTGRES_NAME = 'PostgreSQL';

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
export const STOP_POSTGRES: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 1_000 },
  { signal: 'SIGQUIT', waitMs: 300 },
];

export interface PostgresOptions {
  readonly binaries: PostgresBinaries;
  readonly dataDir: string;
  readonly user: UserIds | undefined;
  readonly password: string;
  readonly port: number;
  readonly logFile: string;
  /** Additional `-c` settings. */
  readonly settings?: readonly string[];
  /** Told of the process at once, so that a failure while it starts leaks nothing. */
  readonly started?: (process: OwnedProcess) => void;
}

/** Makes the data directory when it is missing; a run that was cut short leaves none behind. */
export function initialisePostgres(options: PostgresOptions): void {
  const { binaries, dataDir, user } = options;
  if (existsSync(join(dataDir, 'PG_VERSION'))) {
    refuseOtherVersion(options);
    return;
  }
  const unfinished = `${dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const passwordFile = join(dirname(dataDir), 'initial-password');
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  for (const path of user === undefined ? [] : [unfinished, passwordFile]) {
    chownSync(path, user?.uid ?? 0, user?.gid ?? 0);
  }
  const result = spawnSync(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { cwd: '/', env: cleanEnvironment(), encoding: 'utf8', ...user },
  );
  rmSync(passwordFile, { force: true });
  if (result.status !== 0) {
    throw new Error(
      `initdb could not make ${dataDir}: ${result.error?.message ?? ''}\n${result.stdout}${result.stderr}`,
    );
  }
  renameSync(unfinished, dataDir);
}

/**
 * Starts PostgreSQL on loopback and waits until it answers.
 * @throws with its last log lines when it does not come
 */
export async function startPostgres(options: PostgresOptions): Promise<OwnedProcess> {
  await endStalePostgres(options.dataDir);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(options.settings ?? [])];
  const child = await startProcess({
    name: POSTGRES_NAME,
    command: options.binaries.postgres,
    args: ['-D', options.dataDir, '-p', String(options.port), ...settings.flatMap((one) => ['-c', one])],
    env: cleanEnvironment(),
    cwd: '/',
    user: options.user,
    logFile: options.logFile,
  });
  options.started?.(child);
  const url = postgresUrl(options, 'postgres');
  const up = await waitUntil(() => answersQueries(url), {
    timeoutMs: 30_000,
    abandoned: () => child.hasExited(),
  });
  if (!up) {
    await stopProcess(child.identity, STOP_POSTGRES);
    throw new Error(
      `The embedded PostgreSQL did not start (${options.logFile}):\n${lastLogLines(options.logFile, child.logOffset)}`,
    );
  }
  return child;
}

export function postgresUrl(
  at: { readonly port: number; readonly password: string },
  database: string,
): string {
  return `postgres://postgres:${at.password}@127.0.0.1:${at.port}/${database}`;
}

/** Ends the server a killed predecessor left on this data directory, and forgets a lock file that lies. */
export async function endStalePostgres(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identityOf(pid) : undefined;
  if (identity !== undefined && commandLineOf(pid).includes(dataDir)) {
    await stopProcess(identity, STOP_POSTGRES);
  }
  rmSync(lockFile, { force: true });
}

export async function answersQueries(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs statements one by one on a connection of their own. */
export async function runStatements(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function refuseOtherVersion(options: PostgresOptions): void {
  const made = readFileSync(join(options.dataDir, 'PG_VERSION'), 'utf8').trim();
  const version = spawnSync(options.binaries.postgres, ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    ...options.user,
  });
  const major = /(\d+)/.exec(version.stdout)?.[1];
  if (major !== undefined && major !== made) {
    throw new Error(
      `${options.dataDir} was made by PostgreSQL ${made}, installed is ${major}: ` +
        'delete the directory, point DEMO_DIR elsewhere, or set DATABASE_URL.',
    );
  }
}

/** PG* and locale variables of the caller must not steer this server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}
