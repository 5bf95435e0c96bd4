import autocannon from 'autocannon';
import { z } from 'zod';
import type { Tally } from './tally.js';

const TIMEOUT_SECONDS = 15;
const problem = z.object({ code: z.string() });

/** One request as the load generator sends it. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Heard {
  readonly request: LoadRequest;
  readonly status: number;
  readonly body: string;
}

export interface ClosedLoad {
  /** The processes share the connections. */
  readonly urls: readonly string[];
  readonly connections: number;
  /** Until so many seconds are over, or so many requests were answered. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
  readonly next: () => LoadRequest;
  readonly tally: Tally;
  readonly heard?: (heard: Heard) => void;
}

/** What a request left behind for its answer: a connection has one at a time. */
interface Slot {
  request?: LoadRequest;
}

/**
 * Load by a fixed number of clients, each of which waits for its answer before it asks again.
 * @returns how many seconds it took
 */
export async function closedLoad(load: ClosedLoad): Promise<number> {
  const startedMs = performance.now();
  const { urls, connections } = load;
  await Promise.all(
    urls
      .map((url, index) => ({ url, share: shareOf(connections, urls.length, index) }))
      .filter(({ share }) => share > 0)
      .map(({ url, share }, index) => onOneProcess(load, url, share, index)),
  );
  return (performance.now() - startedMs) / 1_000;
}

function onOneProcess(load: ClosedLoad, url: string, connections: number, index: number): Promise<void> {
  const { until, tally, urls } = load;
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        timeout: TIMEOUT_SECONDS,
        ...('seconds' in until
          ? { duration: until.seconds }
          : { amount: Math.max(connections, shareOf(until.requests, urls.length, index)) }),
        requests: [
          {
            method: 'GET',
            setupRequest: (blank, slot: Slot) => {
              slot.request = load.next();
              return { ...blank, ...asAutocannonRequest(slot.request) };
            },
            onResponse: (status, body, slot: Slot) => {
              if (status >= 400) tally.failed(codeOf(body, status));
              if (slot.request !== undefined) load.heard?.({ request: slot.request, status, body });
            },
          },
        ],
      },
      (error: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve();
      },
    );
    instance.on('response', (_client, status, _bytes, ms) => tally.answered({ status, ms }));
    instance.on('reqError', (error: unknown) => tally.unanswered(reasonOf(error)));
  });
}

function asAutocannonRequest({ method, path, headers, body }: LoadRequest): autocannon.Request {
  return { method, path, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
}

function reasonOf(error: unknown): 'connection' | 'timeout' {
  return error instanceof Error && error.message.includes('timed out') ? 'timeout' : 'connection';
}

/** The problem code of a refusal, or its status where the body is no problem document. */
export function codeOf(body: string, status: number): string {
  try {
    return problem.parse(JSON.parse(body)).code;
  } catch {
    return `HTTP_${status}`;
  }
}

function shareOf(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}
