import type { PoolShare } from '@app/platform';
import type { LockKey } from './lock-keys.js';

export type LockBackendName = 'redis' | 'postgres';

export interface LockRequest {
  readonly tenantId: string;
  /** Longest wait for all keys together; at least the five seconds of the default for a buyer's request. */
  readonly waitMs?: number;
  /** Life of the lock without extension; longer than the call it is held over. */
  readonly ttlMs?: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  /** Whose connections serve the lock when it is kept in PostgreSQL. */
  readonly pool?: PoolShare;
}

/** The lock, as the work under it sees it. */
export interface HeldLock {
  /** Aborted when the lock is known to be lost: exclusivity ends, what was begun may be finished. */
  readonly signal: AbortSignal;
  /**
   * After an unknown outcome: the lock is not released but ends with its TTL, because what was begun elsewhere may
   * still be running.
   */
  leaveToExpire(): void;
}

/** Mutual exclusion between all processes, as an aid to throughput: correctness never needs it. */
export abstract class Locks {
  /**
   * Runs `work` while holding all `keys`. Whatever `work` returns or throws is the result: losing or failing to release
   * the lock never replaces it.
   * @throws LOCK_TIMEOUT when the keys are not free within the wait; UPSTREAM_UNAVAILABLE when no backend answers
   */
  abstract hold<T>(
    keys: readonly LockKey[],
    request: LockRequest,
    work: (held: HeldLock) => Promise<T>,
  ): Promise<T>;
}
