import { Inject, Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, SECOND_MS, canonicalJson, type Clock } from '@app/kernel';
import { CONFIG, type Config } from '../config/config-table.js';
import { armedCrashPoint, type ArmedCrashPoint } from '../crash-points/armed-crash-point.js';
import { inChildSpan, type Span } from '../tracing/spans.js';
import { BREAKER_DEFAULTS, BreakerBoard, type BreakerOptions } from './breakers.js';
import { classifyOutcome, isTokenRejected, type AnswerReading } from './classify-outcome.js';
import {
  ANSWER_BYTES_MAX,
  UPSTREAMS,
  UPSTREAM_NAMES,
  UPSTREAM_OPERATIONS,
  type OperationName,
  type OperationRow,
  type RefusalCode,
  type UpstreamName,
  type WriteOperation,
} from './operations.js';
import { callSpan, noteOutcome, outgoingTraceparent } from './call-span.js';
import { reasonOf, type Exchange, type Outcome } from './outcome.js';
import { ServiceTokens } from './service-token.js';
import { Sibling } from './sibling.js';
import { UPSTREAM_OBSERVER, type BreakerChange, type UpstreamObserver } from './upstream-observer.js';

/** Overrides for tests. */
export const UPSTREAM_OPTIONS = Symbol('UpstreamOptions');
export interface UpstreamOptions {
  readonly breaker?: Partial<BreakerOptions>;
}

/** On whose behalf a call is made. */
export interface CallContext {
  /** null only for the lists that reconciliation reads across tenants. */
  readonly tenantId: string | null;
  readonly requestId: string;
  readonly traceparent?: string;
  /** The caller's own deadline, on the scale of `clock.monotonicMs()`. */
  readonly deadlineAtMs?: number;
}

interface CallBase<O extends OperationName, T, B> extends AnswerReading<T, RefusalCode<O>, B> {
  readonly operation: O;
  /** Below the sibling's base address; ids in it are already percent-encoded. */
  readonly path: `/${string}`;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** A call that changes something carries a key that was derived and written down before its first send. */
export type UpstreamCall<O extends OperationName, T, B> = CallBase<O, T, B> &
  (O extends WriteOperation ? { readonly idempotencyKey: string } : { readonly idempotencyKey?: never });

const PING_TIMEOUT_MS = SECOND_MS;
const PING_BYTES_MAX = 64 * 1024;

interface PreparedCall {
  readonly row: OperationRow;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly deadlineMs: number;
}

/** The only HTTP client: every call to a sibling passes through `call`, which never throws for what the sibling does. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  private readonly siblings: ReadonlyMap<UpstreamName, Sibling>;
  private readonly breakers: BreakerBoard;
  private readonly closedListeners = new Set<(change: BreakerChange) => void>();
  private readonly crashPoint: ArmedCrashPoint | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly tokens: ServiceTokens,
    @Optional() @Inject(UPSTREAM_OBSERVER) private readonly observer?: UpstreamObserver,
    @Optional() @Inject(UPSTREAM_OPTIONS) options?: UpstreamOptions,
  ) {
    this.crashPoint = armedCrashPoint(config);
    this.siblings = new Map(
      UPSTREAM_NAMES.map((name) => [
        name,
        new Sibling(config[UPSTREAMS[name].url], config.UPSTREAM_CONNECT_TIMEOUT_MS),
      ]),
    );
    this.breakers = new BreakerBoard({ ...BREAKER_DEFAULTS, ...options?.breaker }, (change) => {
      this.breakerChanged(change);
    });
  }

  /**
   * Calls a sibling once, within its time-out and the caller's deadline, and judges the answer.
   * A rejected token is renewed and the call repeated, once; nothing else is repeated here.
   * The body is sent as canonical JSON, so that a stored request has the same bytes every time.
   */
  async call<O extends OperationName, T, B>(
    call: UpstreamCall<O, T, B>,
    context: CallContext,
  ): Promise<Outcome<T, RefusalCode<O>, B>> {
    return inChildSpan(callSpan(UPSTREAM_OPERATIONS[call.operation], context.traceparent), (span) =>
      this.callIn(span, call, context),
    );
  }

  private async callIn<O extends OperationName, T, B>(
    span: Span | undefined,
    call: UpstreamCall<O, T, B>,
    context: CallContext,
  ): Promise<Outcome<T, RefusalCode<O>, B>> {
    const startedMs = this.clock.monotonicMs();
    const prepared = this.prepare(call, context, startedMs);
    const { upstream, operation } = prepared.row;
    this.crashPoint?.reach(`${upstream}.${operation}.before`);
    const exchange = await this.exchangeWithToken(prepared);
    this.crashPoint?.reach(`${upstream}.${operation}.after`);
    const outcome = classifyOutcome(prepared.row, exchange, call);
    if (span !== undefined) noteOutcome(span, exchange, outcome);
    this.observer?.observe({
      upstream,
      operation,
      outcome: outcome.kind,
      ...reasonOf(outcome),
      durationMs: this.clock.monotonicMs() - startedMs,
      requestId: context.requestId,
    });
    return outcome;
  }

  /** Tells whenever a breaker closes: what waits for that sibling may be tried at once. Returns the way to stop. */
  onBreakerClosed(listener: (change: BreakerChange) => void): () => void {
    this.closedListeners.add(listener);
    return () => {
      this.closedListeners.delete(listener);
    };
  }

  breakerStates(): readonly BreakerChange[] {
    return this.breakers.states();
  }

  /** Whether the sibling answers at all within a second; apart from breakers and calls in flight. */
  async ping(upstream: UpstreamName): Promise<'reachable' | 'unreachable'> {
    const exchange = await this.sibling(upstream).exchange({
      path: '/health/live',
      method: 'GET',
      headers: { accept: 'application/json' },
      body: null,
      timeoutMs: PING_TIMEOUT_MS,
      answerBytesMax: PING_BYTES_MAX,
    });
    return exchange.kind === 'answered' && exchange.status < 500 ? 'reachable' : 'unreachable';
  }

  /** After the HTTP server, the jobs and the consumers have ended: nothing is in flight any more. */
  async onApplicationShutdown(): Promise<void> {
    this.breakers.shutdown();
    await Promise.all([...this.siblings.values()].map((sibling) => sibling.close()));
  }

  private prepare<O extends OperationName, T, B>(
    call: UpstreamCall<O, T, B>,
    context: CallContext,
    nowMs: number,
  ): PreparedCall {
    const row: OperationRow = UPSTREAM_OPERATIONS[call.operation];
    const body = call.body === undefined ? null : canonicalJson(call.body);
    return {
      row,
      path: `${call.path}${queryText(call.query)}`,
      headers: {
        accept: 'application/json',
        'x-request-id': context.requestId,
        ...(context.tenantId === null ? {} : { 'x-tenant-id': context.tenantId }),
        traceparent: outgoingTraceparent(context.traceparent),
        ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body,
      deadlineMs: Math.min(
        nowMs + this.timeoutMs(row.upstream),
        context.deadlineAtMs ?? Number.POSITIVE_INFINITY,
      ),
    };
  }

  private async exchangeWithToken(call: PreparedCall): Promise<Exchange> {
    const { upstream } = call.row;
    const token = await this.tokens.token(upstream);
    const exchange = await this.exchangeInTurn(call, token);
    if (!isTokenRejected(exchange)) return exchange;
    return this.exchangeInTurn(call, await this.tokens.renew(upstream, token));
  }

  private async exchangeInTurn(call: PreparedCall, token: string): Promise<Exchange> {
    // Before the queue, so that callers of a dead sibling are answered at once.
    const refusal = this.breakers.refusal(call.row);
    if (refusal !== undefined) return { kind: 'not-sent', reason: refusal };
    const patienceMs = call.deadlineMs - this.clock.monotonicMs();
    if (patienceMs <= 0) return { kind: 'not-sent', reason: 'deadline' };
    const { slots } = this.sibling(call.row.upstream);
    const turn = await slots.take(patienceMs);
    if (turn !== 'taken') return { kind: 'not-sent', reason: turn };
    try {
      return await this.exchangeGuarded(call, token);
    } finally {
      slots.release();
    }
  }

  private async exchangeGuarded(call: PreparedCall, token: string): Promise<Exchange> {
    const { row } = call;
    const timeoutMs = call.deadlineMs - this.clock.monotonicMs();
    if (timeoutMs <= 0) return { kind: 'not-sent', reason: 'deadline' };
    return this.breakers.run(row, {
      isCutShort: timeoutMs < this.timeoutMs(row.upstream) / 2,
      send: () =>
        this.sibling(row.upstream).exchange({
          path: call.path,
          method: row.method,
          headers: { ...call.headers, authorization: `Bearer ${token}` },
          body: call.body,
          timeoutMs,
          answerBytesMax: ANSWER_BYTES_MAX[row.answer],
        }),
    });
  }

  private breakerChanged(change: BreakerChange): void {
    this.observer?.breakerChanged(change);
    if (change.state !== 'closed') return;
    for (const listener of this.closedListeners) listener(change);
  }

  private timeoutMs(upstream: UpstreamName): number {
    return this.config[UPSTREAMS[upstream].timeoutMs];
  }

  private sibling(upstream: UpstreamName): Sibling {
    const sibling = this.siblings.get(upstream);
    if (sibling === undefined) throw new Error(`no address for ${upstream}`);
    return sibling;
  }
}

function queryText(query: Readonly<Record<string, string | undefined>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
