import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { codeOf, type LoadRequest } from './closed-load.js';
import type { Tally } from './tally.js';

/** A buyer is gone after this long. */
const TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 2_000;
const TICK_MS = 2;
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);

export interface OpenLoad {
  readonly urls: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly next: () => LoadRequest;
  readonly tally: Tally;
}

export interface Offered {
  readonly seconds: number;
  /** What was really sent each second: less than wanted when the generator itself was too slow. */
  readonly perSecond: number;
}

/**
 * Load that arrives at its own pace, whether answers come or not. The time of an answer counts from when its request
 * was due, so that a generator that falls behind flatters nobody.
 */
export async function openLoad(load: OpenLoad): Promise<Offered> {
  const { urls, perSecond, seconds } = load;
  const pools = urls.map(
    (url) =>
      new Pool(url, {
        connections: Math.ceil(CONNECTIONS_MAX / urls.length),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      }),
  );
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  let sent = 0;
  try {
    for (let nowMs = startedMs; nowMs < endMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startedMs) * perSecond) / 1_000);
      for (; sent < due; sent += 1) {
        const pool = pools[sent % pools.length];
        if (pool === undefined) break;
        const dueMs = startedMs + (sent * 1_000) / perSecond;
        const answer = ask(pool, load, dueMs).finally(() => underWay.delete(answer));
        underWay.add(answer);
      }
      await sleep(TICK_MS);
    }
    const tookSeconds = (performance.now() - startedMs) / 1_000;
    await Promise.all(underWay);
    return { seconds: tookSeconds, perSecond: sent / tookSeconds };
  } finally {
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

async function ask(pool: Pool, { next, tally }: OpenLoad, dueMs: number): Promise<void> {
  const { method, path, headers, body } = next();
  try {
    const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    const isGood = answer.statusCode < 300;
    const text = isGood ? '' : await answer.body.text();
    if (isGood) await answer.body.dump();
    const code = isGood ? undefined : codeOf(text, answer.statusCode);
    tally.answered({ status: answer.statusCode, ms: performance.now() - dueMs, code });
    if (RETRYABLE.has(answer.statusCode) && answer.headers['retry-after'] === undefined)
      tally.failed('RETRY_AFTER_MISSING');
  } catch (error) {
    tally.unanswered(error instanceof Error && /timeout/i.test(error.name) ? 'timeout' : 'connection');
  }
}
