import type { OperationClass, UpstreamName } from './operations.js';
import type { OutcomeKind } from './outcome.js';

export interface UpstreamObservation {
  readonly upstream: UpstreamName;
  /** The operation's name in metrics and faults, such as `create-intent`. */
  readonly operation: string;
  readonly outcome: OutcomeKind;
  /** The refusal code, or why the call was not sent or is unknown. */
  readonly reason?: string;
  /** How the sibling broke its contract. */
  readonly finding?: string;
  readonly durationMs: number;
  readonly requestId: string;
}

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface BreakerChange {
  readonly upstream: UpstreamName;
  readonly operationClass: OperationClass;
  readonly state: BreakerState;
}

/** Where metrics and logs learn of calls and breakers. Its methods must not throw. */
export interface UpstreamObserver {
  observe(observation: UpstreamObservation): void;
  breakerChanged(change: BreakerChange): void;
}

/** Optional; provided by a global module. */
export const UPSTREAM_OBSERVER = Symbol('UpstreamObserver');
