import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { CONFIG, Metrics, RedisConnection, type Config } from '@app/platform';
import { HeldSection } from './held-section.js';
import { KeyQueues, type QueuePlace } from './key-queues.js';
import { LeaseRows } from './lease-rows.js';
import type { AcquireAttempt, AcquireRequest, Lease } from './lock-backend.js';
import { inLockOrder, type LockKey } from './lock-keys.js';
import type { HeldLock, LockBackendName, LockRequest, Locks } from './locks.js';
import { RedisLocks } from './redis-locks.js';

/** A sold-out buyer must hear "sold out", not "try again": that long queues may be. */
const WAIT_MS = 5 * SECOND_MS;
/** What a lock outlives the longest call of ticket-service by. */
const TTL_MARGIN_MS = 2 * SECOND_MS;
/** Between two looks at keys that somebody else has; half of it is chance, so that processes do not march in step. */
const POLL_MS: Readonly<Record<LockBackendName, number>> = { redis: 20, postgres: 40 };
/** Longer than this nobody waits for a release; it runs on by itself. */
const RELEASE_WAIT_MS = 500;

interface Acquired {
  readonly lease: Lease;
  readonly acquiredAtMs: number;
}

interface Taken extends Acquired {
  readonly ttlMs: number;
  readonly place: QueuePlace;
}

/** Locks shared by all processes: in Redis, or in PostgreSQL while Redis is off or down. */
@Injectable()
export class SharedLocks implements Locks {
  private readonly queues: KeyQueues;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly redis: RedisConnection,
    private readonly redisLocks: RedisLocks,
    private readonly leaseRows: LeaseRows,
    private readonly metrics: Metrics,
  ) {
    this.queues = new KeyQueues(clock);
  }

  async hold<T>(
    keys: readonly LockKey[],
    request: LockRequest,
    work: (held: HeldLock) => Promise<T>,
  ): Promise<T> {
    const ordered = inLockOrder(keys);
    if (ordered.length === 0) throw new Error('A lock needs at least one key.');
    const { lease, acquiredAtMs, ttlMs, place } = await this.take(ordered, request);
    try {
      const section = new HeldSection(lease, this.clock, { ttlMs, acquiredAtMs });
      try {
        return await work(section);
      } finally {
        await atMost(RELEASE_WAIT_MS, section.end());
      }
    } finally {
      place.leave();
    }
  }

  /** Waits for this process's turn, then for the other processes. */
  private async take(keys: readonly LockKey[], request: LockRequest): Promise<Taken> {
    const startedAtMs = this.clock.monotonicMs();
    const patience = patienceOf(request);
    const { tenantId, ttlMs = this.defaultTtlMs(), pool = 'request' } = request;
    let backend = this.backend();
    let place: QueuePlace | undefined;
    try {
      place = await this.queues.enter(keys, patience.signal);
      if (place.pauseMs > 0) await sleep(place.pauseMs);
      const acquired = await this.acquire({ keys, tenantId, ttlMs, pool }, patience.signal);
      backend = acquired.lease.backend;
      return { ...acquired, ttlMs, place };
    } catch (error) {
      place?.leave();
      throw error;
    } finally {
      patience.end();
      this.metrics.observe('lock_wait_seconds', (this.clock.monotonicMs() - startedAtMs) / SECOND_MS, {
        backend,
      });
    }
  }

  private defaultTtlMs(): number {
    return this.config.UPSTREAM_CONNECT_TIMEOUT_MS + this.config.UPSTREAM_TIMEOUT_MS + TTL_MARGIN_MS;
  }

  private backend(): LockBackendName {
    return this.redis.state() === 'ok' ? 'redis' : 'postgres';
  }

  /** Asks until the keys are free or patience ends; at least once. */
  private async acquire(request: AcquireRequest, patience: AbortSignal): Promise<Acquired> {
    for (;;) {
      const acquiredAtMs = this.clock.monotonicMs();
      const attempt = await this.tryAcquire(request);
      if (attempt.kind === 'acquired') {
        if (this.clock.monotonicMs() - acquiredAtMs < request.ttlMs / 2)
          return { lease: attempt.lease, acquiredAtMs };
        // The answer took so long that the lock may be over before the work is.
        await attempt.lease.release().catch(() => undefined);
      }
      if (patience.aborted) throw new AppError('LOCK_TIMEOUT');
      await sleep(POLL_MS[this.backend()] * (0.5 + Math.random() / 2));
    }
  }

  private async tryAcquire(request: AcquireRequest): Promise<AcquireAttempt> {
    const attempt = await this.redisLocks.tryAcquire(request);
    return attempt.kind === 'unavailable' ? this.leaseRows.tryAcquire(request) : attempt;
  }
}

interface Patience {
  readonly signal: AbortSignal;
  end(): void;
}

function patienceOf(request: LockRequest): Patience {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, request.waitMs ?? WAIT_MS);
  const signal =
    request.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, request.signal]);
  return {
    signal,
    end: () => {
      clearTimeout(timer);
    },
  };
}

async function atMost(limitMs: number, ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([ending, limit]);
  clearTimeout(timer);
}
