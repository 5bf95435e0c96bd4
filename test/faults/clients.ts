import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from '../../scripts/invariants/books.js';
import type { ServiceProcess } from './stack.js';

export interface Wish {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly key?: string;
  readonly body?: unknown;
}

export interface Heard {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const PATIENCE_MS = 30_000;
const TRIES_MAX = 40;
const PAUSE_MS = 250;

/** Everybody who asks order-service for something; remembers every request with its answer. */
export class Clients {
  readonly exchanges: Exchange[] = [];

  /** One try. @returns null when the connection broke before an answer came */
  async ask(service: ServiceProcess, wish: Wish): Promise<Heard | null> {
    const heard = await this.send(service, wish).catch(() => null);
    this.exchanges.push({ method: wish.method, path: wish.path, key: wish.key ?? null, answer: heard });
    return heard;
  }

  /** Tries as a careful client does: the same key again while the answer is missing or says that trying again helps. */
  async insist(service: ServiceProcess, wish: Wish): Promise<Heard> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const heard = await this.ask(service, wish);
      if (heard !== null && heard.status < 500 && heard.body.retryable !== true) return heard;
      await sleep(PAUSE_MS);
    }
    throw new Error(`${wish.path} was not answered in ${TRIES_MAX} tries`);
  }

  private async send(service: ServiceProcess, wish: Wish): Promise<Heard> {
    const answer = await fetch(new URL(wish.path, service.url), {
      method: wish.method,
      headers: {
        authorization: `Bearer ${wish.token}`,
        ...(wish.key === undefined ? {} : { 'idempotency-key': wish.key }),
        ...(wish.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(wish.body === undefined ? {} : { body: JSON.stringify(wish.body) }),
    });
    const body: unknown = await answer.json().catch(() => null);
    return { status: answer.status, body: (body ?? {}) as Heard['body'] };
  }
}

export function post(path: string, token: string, body?: unknown): Wish {
  return { method: 'POST', path, token, key: randomUUID(), ...(body === undefined ? {} : { body }) };
}
