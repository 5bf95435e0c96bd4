import { findProgram } from '../servers/find-program.js';
import { freePort } from '../servers/free-port.js';
import { answersPing, deleteKeys, startRedis } from '../servers/redis.js';
import { installPackage } from '../servers/system-packages.js';
import type { RunRecord } from './run-record.js';

const DEFAULT_URL = 'redis://127.0.0.1:6379';

/** Keys of ours on a server that is not ours. */
export interface BorrowedRedis {
  readonly url: string;
  readonly prefix: string;
}

/**
 * A Redis and a key prefix for this run: the server the environment names, else the one on the default port, else a
 * private one.
 * @throws when the named server does not answer, or none can be started
 */
export async function provideTestRedis(run: RunRecord): Promise<Record<string, string>> {
  const prefix = `test:${run.runId}:`;
  const running = await runningServer();
  if (running !== undefined) run.borrows({ redis: { url: running, prefix } });
  return { TEST_REDIS_URL: running ?? (await privateServer(run)), REDIS_KEY_PREFIX: prefix };
}

async function runningServer(): Promise<string | undefined> {
  for (const name of ['TEST_REDIS_URL', 'REDIS_URL']) {
    const named = process.env[name]?.trim() ?? '';
    if (named === '') continue;
    if (await answersPing(named)) return named;
    throw new Error(
      `${name} is set, but no Redis answers there. Start it, correct the address, or unset ${name}.`,
    );
  }
  return (await answersPing(DEFAULT_URL)) ? DEFAULT_URL : undefined;
}

/** Whether a Redis can be had without installing one. */
export async function isRedisFound(): Promise<boolean> {
  return (await runningServer()) !== undefined || findProgram('redis-server') !== undefined;
}

async function privateServer(run: RunRecord): Promise<string> {
  if (findProgram('redis-server') === undefined) {
    installPackage('redis-server', 'set REDIS_URL to a server the tests may use');
  }
  const program = findProgram('redis-server');
  if (program === undefined)
    throw new Error('redis-server was installed, but is not in any system directory.');
  const port = await freePort();
  await startRedis({ program, directory: run.directory, port, started: run.started });
  return `redis://127.0.0.1:${port}`;
}

export async function dropTestKeys(borrowed: BorrowedRedis): Promise<void> {
  if (await answersPing(borrowed.url)) await deleteKeys(borrowed.url, borrowed.prefix);
}
