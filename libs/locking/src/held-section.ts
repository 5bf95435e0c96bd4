import { AppError, MINUTE_MS, type Clock } from '@app/kernel';
import type { Lease } from './lock-backend.js';
import type { HeldLock } from './locks.js';

/** Work that runs longer loses its lock: nothing may keep a ticket type to itself for ever. */
const HOLD_MAX_MS = MINUTE_MS;
const RETRY_MIN_MS = 20;

export interface HeldSince {
  readonly ttlMs: number;
  /** Before the backend was asked: the lock lives at least this TTL from here. */
  readonly acquiredAtMs: number;
}

/** One held lease: prolonged at half its life while the work runs, and known to be lost when that fails. */
export class HeldSection implements HeldLock {
  private readonly controller = new AbortController();
  private readonly startedAtMs: number;
  private readonly ttlMs: number;
  private validUntilMs: number;
  private extendTimer: NodeJS.Timeout | undefined;
  private expiryTimer: NodeJS.Timeout | undefined;
  private hasEnded = false;
  private isLeft = false;

  constructor(
    private readonly lease: Lease,
    private readonly clock: Clock,
    since: HeldSince,
  ) {
    this.startedAtMs = since.acquiredAtMs;
    this.ttlMs = since.ttlMs;
    this.validUntilMs = since.acquiredAtMs + since.ttlMs;
    this.watch();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  leaveToExpire(): void {
    this.isLeft = true;
  }

  /** Ends the section. Never throws: what the work did stands, whatever becomes of its lock. */
  async end(): Promise<void> {
    this.hasEnded = true;
    this.stopTimers();
    if (this.isLeft) return;
    try {
      await this.lease.release();
    } catch {
      // The lock ends with its TTL; the result of the work is what the caller must hear.
    }
  }

  private watch(): void {
    this.stopTimers();
    const leftMs = this.validUntilMs - this.clock.monotonicMs();
    this.expiryTimer = setTimeout(() => {
      this.lose('it could not be prolonged in time');
    }, leftMs);
    this.extendAfter(leftMs / 2);
  }

  private extendAfter(delayMs: number): void {
    this.extendTimer = setTimeout(() => void this.extend(), Math.max(delayMs, RETRY_MIN_MS));
  }

  private async extend(): Promise<void> {
    const askedAtMs = this.clock.monotonicMs();
    if (askedAtMs - this.startedAtMs >= HOLD_MAX_MS) return;
    const result = await this.lease.extend(this.ttlMs);
    if (this.hasEnded || this.signal.aborted) return;
    if (result === 'extended') {
      this.validUntilMs = askedAtMs + this.ttlMs;
      this.watch();
    } else if (result === 'lost') {
      this.lose('its keys are gone');
    } else {
      this.extendAfter((this.validUntilMs - this.clock.monotonicMs()) / 4);
    }
  }

  private lose(why: string): void {
    this.stopTimers();
    this.controller.abort(
      new AppError('LOCK_TIMEOUT', {}, { cause: new Error(`The lock was lost: ${why}.`) }),
    );
  }

  private stopTimers(): void {
    clearTimeout(this.extendTimer);
    clearTimeout(this.expiryTimer);
  }
}
