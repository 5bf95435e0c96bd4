import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { UPSTREAM_NAMES, type UpstreamName } from '../upstream/operations.js';
import type { OutcomeKind } from '../upstream/outcome.js';
import type {
  BreakerChange,
  BreakerState,
  UpstreamObservation,
  UpstreamObserver,
} from '../upstream/upstream-observer.js';
import { Metrics } from './metrics.js';

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Nobody must act on a refusal; what is unknown will be repeated until it is known, and says a sibling is not well. */
const LEVEL: Readonly<Record<OutcomeKind, 'info' | 'warn'>> = {
  done: 'info',
  refused: 'info',
  'not-sent': 'warn',
  unknown: 'warn',
};

/** Metrics and the one log line of every call to a sibling. */
@Injectable()
export class UpstreamTelemetry implements UpstreamObserver, OnModuleInit {
  private readonly breakers = new Map<string, BreakerChange>();

  constructor(
    private readonly metrics: Metrics,
    private readonly logger: PinoLogger,
  ) {}

  onModuleInit(): void {
    for (const upstream of UPSTREAM_NAMES) this.showBreaker(upstream);
  }

  observe(observation: UpstreamObservation): void {
    const { upstream, operation, outcome, durationMs } = observation;
    this.metrics.observe('upstream_request_duration_seconds', durationMs / 1_000, {
      upstream,
      operation,
      outcome,
    });
    this.logger[LEVEL[outcome]](observation, 'upstream call');
  }

  breakerChanged(change: BreakerChange): void {
    this.breakers.set(`${change.upstream}:${change.operationClass}`, change);
    this.showBreaker(change.upstream);
    this.logger.warn(change, 'circuit breaker changed');
  }

  /** One figure a sibling: that of its worst breaker. */
  private showBreaker(upstream: UpstreamName): void {
    const values = [...this.breakers.values()]
      .filter((change) => change.upstream === upstream)
      .map((change) => BREAKER_VALUE[change.state]);
    this.metrics.set('circuit_breaker_state', Math.max(0, ...values), { upstream });
  }
}
