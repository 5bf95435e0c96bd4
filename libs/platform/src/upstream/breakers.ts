import CircuitBreaker from 'opossum';
import { OPERATION_CLASSES, UPSTREAM_NAMES, type OperationClass, type UpstreamName } from './operations.js';
import type { Exchange, NotSentReason } from './outcome.js';
import type { BreakerChange, BreakerState } from './upstream-observer.js';

export interface BreakerOptions {
  /** How long an open breaker refuses calls before it lets one through to try. */
  readonly resetTimeoutMs: number;
  readonly rollingWindowMs: number;
  /** Fewer calls than this within the window never open a breaker. */
  readonly volumeMin: number;
  readonly failurePercentMax: number;
}

/** Two seconds: a sibling that is back is used again long before a buyer's second try. */
export const BREAKER_DEFAULTS: BreakerOptions = {
  resetTimeoutMs: 2_000,
  rollingWindowMs: 10_000,
  volumeMin: 20,
  failurePercentMax: 50,
};

export interface BreakerTarget {
  readonly upstream: UpstreamName;
  readonly class: OperationClass;
}

interface GuardedCall {
  readonly send: () => Promise<Exchange>;
  /** The caller's own deadline leaves the sibling less than a fair chance to answer. */
  readonly isCutShort: boolean;
}

type Breaker = CircuitBreaker<[GuardedCall], Exchange>;

/** An exchange that shows a sick sibling, thrown because opossum counts only what is thrown. */
class SickExchange extends Error {
  constructor(
    readonly exchange: Exchange,
    readonly isCutShort: boolean,
  ) {
    super('the sibling is not well');
    this.name = 'SickExchange';
  }
}

/** One circuit breaker per sibling and operation class. */
export class BreakerBoard {
  private readonly breakers = new Map<string, Breaker>();

  constructor(options: BreakerOptions, changed: (change: BreakerChange) => void) {
    for (const upstream of UPSTREAM_NAMES) {
      for (const operationClass of OPERATION_CLASSES) {
        const breaker = newBreaker(`${upstream}:${operationClass}`, options);
        breaker.on('open', () => {
          changed({ upstream, operationClass, state: 'open' });
        });
        breaker.on('halfOpen', () => {
          changed({ upstream, operationClass, state: 'half-open' });
        });
        breaker.on('close', () => {
          changed({ upstream, operationClass, state: 'closed' });
        });
        this.breakers.set(breaker.name, breaker);
      }
    }
  }

  /** Why a call would be refused at this moment without being sent; undefined when it may go. */
  refusal(target: BreakerTarget): Extract<NotSentReason, 'shutting-down' | 'breaker-open'> | undefined {
    const breaker = this.breakerOf(target);
    if (breaker.isShutdown) return 'shutting-down';
    return breaker.closed || breaker.pendingClose ? undefined : 'breaker-open';
  }

  async run(target: BreakerTarget, call: GuardedCall): Promise<Exchange> {
    try {
      return await this.breakerOf(target).fire(call);
    } catch (error) {
      if (error instanceof SickExchange) return error.exchange;
      if (error instanceof Error && CircuitBreaker.isOurError(error)) {
        return { kind: 'not-sent', reason: this.refusal(target) ?? 'breaker-open' };
      }
      throw error;
    }
  }

  states(): readonly BreakerChange[] {
    return UPSTREAM_NAMES.flatMap((upstream) =>
      OPERATION_CLASSES.map((operationClass) => ({
        upstream,
        operationClass,
        state: stateOf(this.breakerOf({ upstream, class: operationClass })),
      })),
    );
  }

  shutdown(): void {
    for (const breaker of this.breakers.values()) breaker.shutdown();
  }

  private breakerOf(target: BreakerTarget): Breaker {
    const breaker = this.breakers.get(`${target.upstream}:${target.class}`);
    if (breaker === undefined) throw new Error(`no breaker for ${target.upstream}`);
    return breaker;
  }
}

function newBreaker(name: string, options: BreakerOptions): Breaker {
  const breaker: Breaker = new CircuitBreaker<[GuardedCall], Exchange>(guardedSend, {
    name,
    // A breaker's time-out would not stop the call it gave up on; each call has its own deadline and its own abort.
    timeout: false,
    resetTimeout: options.resetTimeoutMs,
    rollingCountTimeout: options.rollingWindowMs,
    volumeThreshold: options.volumeMin,
    errorThresholdPercentage: options.failurePercentMax,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error: unknown) => saysNothing(error, breaker.halfOpen),
  });
  return breaker;
}

async function guardedSend(call: GuardedCall): Promise<Exchange> {
  const exchange = await call.send();
  if (isSick(exchange)) throw new SickExchange(exchange, call.isCutShort);
  return exchange;
}

/** Refusals and every other 4xx are answers of a healthy sibling. */
function isSick(exchange: Exchange): boolean {
  switch (exchange.kind) {
    case 'answered':
      return exchange.status >= 500;
    case 'lost':
      return true;
    case 'not-sent':
      return exchange.reason !== 'shutting-down';
  }
}

/**
 * What must not count as a failure: bugs of ours, and time-outs of callers who hardly waited; otherwise overload,
 * which leaves each call little time, would open the breaker of a sibling that is well.
 * The one trial of a half-open breaker counts whatever it meets.
 */
function saysNothing(error: unknown, isTrial: boolean): boolean {
  if (!(error instanceof SickExchange)) return true;
  const { exchange } = error;
  const isTimeOut =
    (exchange.kind === 'lost' && exchange.reason === 'time-out') ||
    (exchange.kind === 'not-sent' && exchange.reason === 'deadline');
  return isTimeOut && error.isCutShort && !isTrial;
}

function stateOf(breaker: Breaker): BreakerState {
  if (breaker.opened) return 'open';
  return breaker.halfOpen ? 'half-open' : 'closed';
}
