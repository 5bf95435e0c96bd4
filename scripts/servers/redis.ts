import { join } from 'node:path';
import { Redis } from 'ioredis';
import { lastLogLines, startProcess, stopProcess, type OwnedProcess } from './owned-process.js';
import { waitUntil } from './wait-until.js';

/**
 * Starts a Redis that keeps nothing on disk and waits until it answers.
 * @throws with its last log lines when it does not come
 */
export async function startRedis(options: {
  readonly program: string;
  readonly directory: string;
  readonly port: number;
  /** Told of the process at once, so that a failure while it starts leaks nothing. */
  readonly started: (process: OwnedProcess) => void;
}): Promise<OwnedProcess> {
  const logFile = join(options.directory, 'redis.log');
  const child = await startProcess({
    name: 'Redis',
    command: options.program,
    args: [
      ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', options.directory],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ],
    env: { PATH: process.env.PATH },
    cwd: options.directory,
    logFile,
  });
  options.started(child);
  const up = await waitUntil(() => answersPing(`redis://127.0.0.1:${options.port}`), {
    timeoutMs: 10_000,
    abandoned: () => child.hasExited(),
  });
  if (!up) {
    await stopProcess(child.identity, []);
    throw new Error(`redis-server did not start:\n${lastLogLines(logFile)}`);
  }
  return child;
}

export async function answersPing(url: string): Promise<boolean> {
  try {
    return await withRedis(url, async (redis) => {
      await redis.ping();
      return true;
    });
  } catch {
    return false;
  }
}

/** Deletes every key with the prefix, page by page, so that a shared server is never blocked. */
export async function deleteKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (redis) => {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 500);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  });
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_500,
    commandTimeout: 3_000,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
