import { AppError, type Clock } from '@app/kernel';
import type { LockKey } from './lock-keys.js';

/** Waiters of one key in this process. */
const WAITING_MAX = 1_000;
/** Keys remembered while nobody has them. */
const IDLE_KEYS_MAX = 10_000;
/** A key taken again this soon after it was left counts as held all along. */
const PAUSE_MS = 60;
/** A process that holds a key this long in one go then pauses, or its next waiter would always beat other processes. */
const STREAK_MAX_MS = 500;

interface KeyQueue {
  isHeld: boolean;
  readonly waiting: (() => void)[];
  streakSinceMs: number;
  leftAtMs: number;
}

export interface QueuePlace {
  /** Milliseconds to leave the keys to other processes before asking for them. */
  readonly pauseMs: number;
  leave(): void;
}

/**
 * Lets one waiter per key and process through to the lock backend, first come first served: waiting costs no polling
 * and no database connection, and a hundred buyers in one process are one contender to the others.
 */
export class KeyQueues {
  private readonly queues = new Map<LockKey, KeyQueue>();

  constructor(private readonly clock: Clock) {}

  /**
   * Waits for this process's turn at all keys, which must be in lock order.
   * @throws LOCK_TIMEOUT when the signal ends the wait or too many wait already
   */
  async enter(keys: readonly LockKey[], signal: AbortSignal): Promise<QueuePlace> {
    const entered: LockKey[] = [];
    const leave = (): void => {
      for (const key of entered.splice(0)) this.leave(key);
    };
    try {
      let pauseMs = 0;
      for (const key of keys) {
        await this.enterOne(key, signal);
        entered.push(key);
        if (this.isDueToPause(key)) pauseMs = PAUSE_MS;
      }
      return { pauseMs, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private enterOne(key: LockKey, signal: AbortSignal): Promise<void> {
    const queue = this.queueOf(key);
    if (!queue.isHeld) {
      queue.isHeld = true;
      return Promise.resolve();
    }
    if (queue.waiting.length >= WAITING_MAX || signal.aborted)
      return Promise.reject(new AppError('LOCK_TIMEOUT'));
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.waiting.splice(queue.waiting.indexOf(turn), 1);
        reject(new AppError('LOCK_TIMEOUT'));
      };
      const turn = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.waiting.push(turn);
    });
  }

  private leave(key: LockKey): void {
    const queue = this.queueOf(key);
    queue.leftAtMs = this.clock.monotonicMs();
    const next = queue.waiting.shift();
    // Handed over without being free in between: nobody can jump the queue.
    if (next !== undefined) next();
    else queue.isHeld = false;
  }

  private isDueToPause(key: LockKey): boolean {
    const queue = this.queueOf(key);
    const nowMs = this.clock.monotonicMs();
    if (nowMs - queue.leftAtMs >= PAUSE_MS) queue.streakSinceMs = nowMs;
    if (nowMs - queue.streakSinceMs < STREAK_MAX_MS) return false;
    queue.streakSinceMs = nowMs + PAUSE_MS;
    return true;
  }

  private queueOf(key: LockKey): KeyQueue {
    const known = this.queues.get(key);
    if (known !== undefined) return known;
    if (this.queues.size >= IDLE_KEYS_MAX) this.forgetIdle();
    const queue: KeyQueue = {
      isHeld: false,
      waiting: [],
      streakSinceMs: 0,
      leftAtMs: Number.NEGATIVE_INFINITY,
    };
    this.queues.set(key, queue);
    return queue;
  }

  private forgetIdle(): void {
    for (const [key, queue] of this.queues) if (!queue.isHeld) this.queues.delete(key);
  }
}
