import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@app/platform';
import type { Redis } from 'ioredis';
import Redlock, { ExecutionError, ResourceLockedError, type Lock } from 'redlock';
import type { AcquireAttempt, AcquireRequest, ExtensionResult, Lease, LockBackend } from './lock-backend.js';

/**
 * Locks in Redis. Redlock is asked once per attempt and never waits by itself: with its own retries a lock that was
 * waited for longer than its life would start out expired. Its `using()` is not used, because it rejects after the
 * work has committed when the key has vanished.
 */
@Injectable()
export class RedisLocks implements LockBackend {
  readonly name = 'redis';
  private redlock: { readonly client: Redis; readonly locks: Redlock } | undefined;

  constructor(private readonly redis: RedisConnection) {}

  async tryAcquire(request: AcquireRequest): Promise<AcquireAttempt> {
    const attempt = await this.redis.run('lock.acquire', (client) =>
      unlessTaken(this.redlockOn(client).acquire([...request.keys], request.ttlMs)),
    );
    if (!attempt.ok) return { kind: 'unavailable' };
    if (attempt.value === 'taken') return { kind: 'taken' };
    return { kind: 'acquired', lease: new RedisLease(this.redis, attempt.value) };
  }

  private redlockOn(client: Redis): Redlock {
    if (this.redlock?.client !== client) {
      this.redlock = { client, locks: new Redlock([client], { retryCount: 0 }) };
    }
    return this.redlock.locks;
  }
}

class RedisLease implements Lease {
  readonly backend = 'redis';

  constructor(
    private readonly redis: RedisConnection,
    private lock: Lock,
  ) {}

  async extend(ttlMs: number): Promise<ExtensionResult> {
    const extension = await this.redis.run('lock.extend', () => unlessTaken(this.lock.extend(ttlMs)));
    if (!extension.ok) return 'unavailable';
    if (extension.value === 'taken') return 'lost';
    this.lock = extension.value;
    return 'extended';
  }

  async release(): Promise<void> {
    await this.redis.run('lock.release', () => unlessTaken(this.lock.release()));
  }
}

/** `taken` when every Redis answered that the keys are somebody else's; throws when Redis itself failed. */
async function unlessTaken<T>(operation: Promise<T>): Promise<T | 'taken'> {
  try {
    return await operation;
  } catch (error) {
    if (!(error instanceof ExecutionError)) throw error;
    const votes = await Promise.all(error.attempts);
    const reasons = votes.flatMap((vote) => [...vote.votesAgainst.values()]);
    // No attempt at all: redlock saw by its own clock that the lock had expired.
    const failure = reasons.find((reason) => !(reason instanceof ResourceLockedError));
    if (failure === undefined) return 'taken';
    throw failure;
  }
}
