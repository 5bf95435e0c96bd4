import { Agent } from 'undici';
import { CallSlots } from './call-slots.js';
import { exchange, type ExchangeRequest } from './exchange.js';
import type { Exchange } from './outcome.js';

/** Connections per sibling and process; at 20 ms a call that is 6,400 calls a second. */
const CONNECTIONS_MAX = 128;
const WAITING_MAX = 1_024;
/** Shorter than the 5 s after which Node's own server closes an idle connection under our request. */
const KEEP_ALIVE_MS = 4_000;
const CLOSE_MAX_MS = 1_000;

/** One sibling's address and its bounded pool of keep-alive connections. */
export class Sibling {
  readonly slots = new CallSlots({ slotsMax: CONNECTIONS_MAX, waitingMax: WAITING_MAX });
  private readonly origin: string;
  private readonly pathPrefix: string;
  private readonly agent: Agent;
  private closing: Promise<void> | undefined;

  constructor(baseUrl: string, connectTimeoutMs: number) {
    const url = new URL(baseUrl);
    this.origin = url.origin;
    this.pathPrefix = url.pathname.replace(/\/+$/, '');
    this.agent = new Agent({
      connect: { timeout: connectTimeoutMs },
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false,
    });
  }

  exchange(request: Omit<ExchangeRequest, 'origin'>): Promise<Exchange> {
    return exchange(this.agent, {
      ...request,
      origin: this.origin,
      path: `${this.pathPrefix}${request.path}`,
    });
  }

  /** Waits shortly for what is in flight, then closes every connection. */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MAX_MS);
    });
    await Promise.race([this.agent.close(), patience]);
    clearTimeout(timer);
    await this.agent.destroy();
  }
}
