import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadRequest } from './closed-load.js';
import { RawConnections, type RawAnswer, type Unanswered } from './raw-connections.js';
import type { Tally } from './tally.js';

/** To one process; what finds all of them busy waits, and its time runs. */
const CONNECTIONS = 512;
const TICK_MS = 2;
const AFTER_NO_ANSWER_SECONDS = 1;
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);

interface RawLoad {
  readonly urls: readonly string[];
  readonly seconds: number;
  readonly next: () => LoadRequest;
  readonly tally: Tally;
}

export interface OpenLoad extends RawLoad {
  readonly perSecond: number;
}

export interface Offered {
  readonly seconds: number;
  /** What became due each second. What finds every connection busy waits, and its time runs. */
  readonly perSecond: number;
}

/**
 * Load that arrives at its own pace, whether answers come or not. The time of an answer counts from when its request
 * was due, so that a generator that falls behind flatters nobody.
 */
export async function openLoad(load: OpenLoad): Promise<Offered> {
  const { urls, perSecond, seconds, tally } = load;
  return overConnections(urls, CONNECTIONS, async (connections) => {
    const startedMs = performance.now();
    const endMs = startedMs + seconds * 1_000;
    let sent = 0;
    for (let nowMs = startedMs; nowMs < endMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startedMs) * perSecond) / 1_000);
      for (; sent < due; sent += 1) {
        const dueMs = startedMs + (sent * 1_000) / perSecond;
        connections[sent % connections.length]?.send(load.next(), (answer) => {
          note(tally, answer, performance.now() - dueMs);
        });
      }
      await sleep(TICK_MS);
    }
    const tookSeconds = (performance.now() - startedMs) / 1_000;
    await Promise.all(connections.map((one) => one.whenIdle()));
    return { seconds: tookSeconds, perSecond: sent / tookSeconds };
  });
}

/**
 * Load by a crowd of clients, each of which waits for its answer, and comes back when Retry-After says so.
 * @returns how many seconds it took
 */
export async function crowdLoad(load: RawLoad & { readonly clients: number }): Promise<number> {
  const { urls, clients, seconds, next, tally } = load;
  return overConnections(urls, Math.ceil(clients / urls.length), async (connections) => {
    const startedMs = performance.now();
    const endMs = startedMs + seconds * 1_000;
    await Promise.all(
      Array.from({ length: clients }, async (_none, client) => {
        while (performance.now() < endMs) {
          const sentMs = performance.now();
          const answer = await new Promise<RawAnswer | Unanswered>((resolve) => {
            connections[client % connections.length]?.send(next(), resolve);
          });
          note(tally, answer, performance.now() - sentMs);
          const pauseSeconds =
            typeof answer === 'string' ? AFTER_NO_ANSWER_SECONDS : answer.retryAfterSeconds;
          if (pauseSeconds !== undefined)
            await sleep(Math.min(pauseSeconds * 1_000, endMs - performance.now()));
        }
      }),
    );
    return (performance.now() - startedMs) / 1_000;
  });
}

async function overConnections<T>(
  urls: readonly string[],
  count: number,
  work: (connections: readonly RawConnections[]) => Promise<T>,
): Promise<T> {
  const connections = urls.map((url) => new RawConnections(url, count));
  try {
    await Promise.all(connections.map((one) => one.warmUp()));
    return await work(connections);
  } finally {
    for (const one of connections) one.destroy();
  }
}

function note(tally: Tally, answer: RawAnswer | Unanswered, ms: number): void {
  if (typeof answer === 'string') {
    tally.unanswered(answer);
    return;
  }
  const { status, code, retryAfterSeconds } = answer;
  tally.answered({ status, ms, code });
  if (RETRYABLE.has(status) && retryAfterSeconds === undefined) tally.failed('RETRY_AFTER_MISSING');
}
