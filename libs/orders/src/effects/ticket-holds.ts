import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isAppError, type Clock } from '@app/kernel';
import { Locks, lockKey } from '@app/locking';
import { Batches, CONFIG, type Config, type NotSentReason, type UnknownReason } from '@app/platform';
import { TicketServiceClient, type ReserveRequest, type Shortage } from '@app/tickets';
import type { HoldContext } from './advance-context.js';

/** Orders that go to ticket-service in one call; its own limit is 200. */
const BATCH_MAX = 128;
/** Buyers that wait in this process for one event; more are told to come back. */
const WAITING_MAX = 2_000;

/** A lock that an unknown outcome left behind ends within this time; so whoever waits this long is served. */
const WAIT_MAX_MS = 9_000;
const WAIT_MIN_MS = 500;

/** What became of one order's hold. */
export type HoldOutcome =
  | { readonly kind: 'held' }
  | { readonly kind: 'insufficient'; readonly unavailable: readonly Shortage[] }
  /** A release of this or a later generation came first: whoever asks no longer owns the generation. */
  | { readonly kind: 'released' }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'not-sent'; readonly reason: NotSentReason | 'lock-timeout' | 'queue-full' }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason };

const TOO_LATE: HoldOutcome = { kind: 'not-sent', reason: 'deadline' };

interface Waiting {
  readonly request: ReserveRequest;
  readonly key: string;
  readonly context: HoldContext;
}

/**
 * Takes seats at ticket-service. Orders of one event that wait in this process go together: one batch in flight per
 * event, so a hot event costs one lock and one call per batch, not per order. The lock is held over that one call only.
 */
@Injectable()
export class TicketHolds {
  private readonly batches: Batches<Waiting, HoldOutcome>;

  constructor(
    private readonly tickets: TicketServiceClient,
    private readonly locks: Locks,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.batches = new Batches({
      atOnce: 1,
      batchMax: BATCH_MAX,
      waitingMax: WAITING_MAX,
      nameOf: ({ request }) => request.orderId,
      waitMaxMs: ({ context }) => this.leftMs(context),
      tooLate: () => TOO_LATE,
      run: (batch) => this.underLock(batch),
    });
  }

  /** Holds the seats of one order; what siblings and locks do is an outcome, never an exception. */
  async hold(request: ReserveRequest, key: string, context: HoldContext): Promise<HoldOutcome> {
    if (this.leftMs(context) <= 0) return TOO_LATE;
    // Background work and requests never share a batch, because they may not share connections.
    const lane = `${context.tenantId ?? ''}:${request.eventId}:${context.pool ?? 'request'}`;
    const outcome = await this.batches.add(lane, { request, key, context });
    return outcome ?? { kind: 'not-sent', reason: 'queue-full' };
  }

  private leftMs({ deadlineAtMs = Infinity }: HoldContext): number {
    return deadlineAtMs - this.clock.monotonicMs();
  }

  private async underLock(batch: readonly Waiting[]): Promise<readonly HoldOutcome[]> {
    const [first] = batch;
    if (first === undefined) return [];
    const { tenantId: tenant, pool = 'request' } = first.context;
    const tenantId = tenant ?? '';
    const keys = batch.flatMap(({ request }) =>
      request.items.map((item) => lockKey('ticket-type', { tenantId, id: item.ticketTypeId })),
    );
    try {
      return await this.locks.hold(keys, { tenantId, pool, ...this.waitOf(batch) }, async (lock) => {
        const outcomes = batch.length === 1 ? [await this.holdOne(first)] : await this.holdMany(batch, first);
        // Nobody knows whether ticket-service still works on it: the next buyer must not come in beside it.
        if (outcomes.some(mayStillRun)) lock.leaveToExpire();
        return outcomes;
      });
    } catch (error) {
      if (!isAppError(error)) throw error;
      return batch.map(() => ({ kind: 'not-sent', reason: 'lock-timeout' }));
    }
  }

  /** As long as the most patient of them can wait and still be served; longer than a lock left by an unknown outcome lives. */
  private waitOf(batch: readonly Waiting[]): { readonly waitMs: number } {
    const deadlineAtMs = Math.max(...batch.map(({ context }) => context.deadlineAtMs ?? 0));
    const leftMs = deadlineAtMs - this.clock.monotonicMs() - this.config.UPSTREAM_TIMEOUT_MS;
    return { waitMs: Math.min(WAIT_MAX_MS, Math.max(WAIT_MIN_MS, leftMs)) };
  }

  private async holdOne({ request, key, context }: Waiting): Promise<HoldOutcome> {
    const outcome = await this.tickets.reserve(request, key, context);
    if (outcome.kind === 'done') return { kind: 'held' };
    if (outcome.kind !== 'refused') return outcome;
    if (outcome.code === 'INSUFFICIENT_TICKETS')
      return { kind: 'insufficient', unavailable: outcome.body.unavailable };
    return { kind: outcome.code === 'RELEASED' ? 'released' : 'key-reused' };
  }

  private async holdMany(batch: readonly Waiting[], first: Waiting): Promise<readonly HoldOutcome[]> {
    const deadlines = batch.map(({ context }) => context.deadlineAtMs ?? Infinity);
    const outcome = await this.tickets.reserveBatch(
      { reservations: batch.map(({ request }) => request) },
      first.key,
      {
        ...first.context,
        deadlineAtMs: Math.max(...deadlines),
      },
    );
    // Nothing says whose request it was; asked one by one, only that order hears it, and holds made before are replayed.
    if (outcome.kind === 'refused') return Promise.all(batch.map((waiting) => this.holdOne(waiting)));
    if (outcome.kind !== 'done') return batch.map(() => outcome);
    const byOrder = new Map(outcome.body.results.map((result) => [result.orderId, result]));
    return batch.map(({ request }) => {
      const result = byOrder.get(request.orderId);
      if (result === undefined) return { kind: 'unknown', reason: 'echo-mismatch' };
      if (result.status === 'HELD') return { kind: 'held' };
      if (result.status === 'RELEASED') return { kind: 'released' };
      return { kind: 'insufficient', unavailable: result.unavailable };
    });
  }
}

/** An answered failure is over; only of a call that nobody answered can the end still be to come. */
function mayStillRun(outcome: HoldOutcome): boolean {
  return outcome.kind === 'unknown' && (outcome.reason === 'time-out' || outcome.reason === 'reset');
}
