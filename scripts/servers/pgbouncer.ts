import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersQueries } from './embedded-postgres.js';
import { findProgram } from './find-program.js';
import { lastLogLines, startProcess, stopProcess, type OwnedProcess, type UserIds } from './owned-process.js';
import { installPackage } from './system-packages.js';
import { waitUntil } from './wait-until.js';

export interface PgBouncerOptions {
  readonly program: string;
  /** A directory that the account may enter; the configuration and the log go there. */
  readonly directory: string;
  readonly user: UserIds | undefined;
  readonly port: number;
  /** The PostgreSQL behind it, with the login that every client gets. */
  readonly serverUrl: string;
  /** Few, so that clients share connections at every turn. */
  readonly poolSize: number;
  /** Needs 1.21; 0 leaves prepared statements to the clients. */
  readonly preparedStatementsMax: number;
}

/** @throws how to get it, when it is neither here nor may be installed */
export function pgBouncerProgram(): string {
  if (findProgram('pgbouncer') === undefined)
    installPackage('pgbouncer', 'put pgbouncer (https://www.pgbouncer.org) into your PATH');
  const found = findProgram('pgbouncer');
  if (found === undefined) throw new Error('The package pgbouncer was installed, but has no pgbouncer.');
  return found;
}

/** From 1.21 on it follows prepared statements in transaction mode. */
export function followsPreparedStatements(program: string): boolean {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  return major > 1 || minor >= 21;
}

/**
 * Starts a PgBouncer in transaction mode and waits until it answers.
 * @throws with its last log lines when it does not come
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<OwnedProcess> {
  const logFile = join(options.directory, 'pgbouncer.log');
  const configuration = join(options.directory, 'pgbouncer.ini');
  mkdirSync(options.directory, { recursive: true, mode: 0o755 });
  writeFileSync(configuration, configurationOf(options), { mode: 0o600 });
  if (options.user !== undefined) chownSync(configuration, options.user.uid, options.user.gid);
  const child = await startProcess({
    name: 'PgBouncer',
    command: options.program,
    args: [configuration],
    env: { PATH: process.env.PATH },
    cwd: '/',
    user: options.user,
    logFile,
  });
  const database = new URL(options.serverUrl).pathname;
  const up = await waitUntil(() => answersQueries(`postgres://any@127.0.0.1:${options.port}${database}`), {
    timeoutMs: 20_000,
    abandoned: () => child.hasExited(),
  });
  if (up) return child;
  await stopProcess(child.identity, []);
  throw new Error(`PgBouncer did not start:\n${lastLogLines(logFile)}`);
}

function configurationOf({ port, serverUrl, poolSize, preparedStatementsMax }: PgBouncerOptions): string {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const login = [`user=${decodeURIComponent(username)}`];
  if (password !== '') login.push(`password=${decodeURIComponent(password)}`);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort === '' ? '5432' : serverPort} ${login.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 200',
    ...(preparedStatementsMax > 0 ? [`max_prepared_statements = ${preparedStatementsMax}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
