import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, SECOND_MS, uuidv7, type Clock } from '@app/kernel';
import {
  Database,
  FencedOff,
  inSpan,
  Lifecycle,
  UpstreamClient,
  type BreakerChange,
  type SpanFacts,
} from '@app/platform';
import type { Order } from '../domain/order.js';
import { EffectsStore } from '../persistence/effects.store.js';
import { OperationsStore } from '../persistence/operations.store.js';
import { OrdersStore } from '../persistence/orders.store.js';
import type { AdvanceContext } from './advance-context.js';
import { AdvanceOperation } from './advance-operation.js';
import { EFFECTS, EFFECT_KINDS, type Effect } from './catalog.js';
import { CONCURRENCY, inParallel } from './in-parallel.js';
import { RunEffect } from './run-effect.js';
import { SettleEffect } from './settle-effect.js';

const ACROSS_TENANTS = { tenantId: null, role: 'worker', pool: 'worker' } as const;
/** Effects of one order that follow each other without going back to the queue. */
const CHAIN_MAX = 10;
/** Shorter than the lease of an effect or operation, so a slow sibling never lets a second worker in. */
const CALL_DEADLINE_MS = 10 * SECOND_MS;

/** Finishes what requests began: operations whose holder died, and every effect that stands alone. */
@Injectable()
export class OrderWorker {
  private readonly logger = new Logger(OrderWorker.name);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly effects: EffectsStore,
    private readonly operations: OperationsStore,
    private readonly orders: OrdersStore,
    private readonly operation: AdvanceOperation,
    private readonly runEffect: RunEffect,
    private readonly settleEffect: SettleEffect,
    upstream: UpstreamClient,
    lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    upstream.onBreakerClosed((change) => {
      this.track(this.hurry(change));
    });
    // After the last request: what it began in the background is finished while the pools are still open.
    lifecycle.onDrained('effects begun by requests', () => this.idle());
  }

  /** Resolves when nothing that this process began in the background is left half-way. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Runs the order's due effects now, beside the request that wrote them; the job finds whatever this does not finish. */
  soon(order: Pick<Order, 'tenantId' | 'id'>): void {
    if (this.running.size < 10 * CONCURRENCY)
      this.track(this.finishEffects({ tenantId: order.tenantId, orderId: order.id }));
  }

  /** Drives an operation forward that the caller's own transaction began, with the fence it holds. */
  advanceSoon(order: Order): void {
    this.track(this.advance({ tenantId: order.tenantId, orderId: order.id, fence: order.opFence }));
  }

  /** The same, waited for: at most one chain of effects. */
  async finishEffects(order: { readonly tenantId: string; readonly orderId: string }): Promise<void> {
    for (let step = 0; step < CHAIN_MAX; step += 1) {
      const claimed = await this.database.transaction(
        { tenantId: order.tenantId, pool: 'worker', step: 'effect.claim' },
        (tx) => this.effects.claimDue(tx, 1, order),
      );
      const [effect] = claimed;
      if (effect === undefined) return;
      await this.finish(effect);
    }
  }

  /** One round of the job. @returns how many operations and effects it claimed */
  async runDue(limit: number): Promise<number> {
    const operations = await this.runInPortions(limit, this.claimOperations, (claimed) =>
      this.advance(claimed),
    );
    const effects = await this.runInPortions(limit, this.claimEffects, async (effect) => {
      await this.finish(effect);
      await this.guarded(effect.orderId, () => this.finishEffects(effect));
    });
    return operations + effects;
  }

  private readonly claimOperations = (size: number): ReturnType<OperationsStore['claimDue']> =>
    this.database.transaction(ACROSS_TENANTS, (tx) => this.operations.claimDue(tx, size));

  private readonly claimEffects = (size: number): Promise<readonly Effect[]> =>
    this.database.transaction(ACROSS_TENANTS, (tx) => this.effects.claimDue(tx, size));

  /** Claims no more at once than it can begin at once: a lease must not run out while its row waits in a queue. */
  private async runInPortions<T>(
    limit: number,
    claim: (size: number) => Promise<readonly T[]>,
    work: (claimed: T) => Promise<void>,
  ): Promise<number> {
    let total = 0;
    while (total < limit) {
      const size = Math.min(CONCURRENCY, limit - total);
      const claimed = await claim(size);
      await inParallel(claimed, work);
      total += claimed.length;
      if (claimed.length < size) break;
    }
    return total;
  }

  /** Takes the next step of an operation that this worker has claimed. */
  async advance(claimed: {
    readonly tenantId: string;
    readonly orderId: string;
    readonly fence: number;
  }): Promise<void> {
    await this.guarded(claimed.orderId, async () => {
      const order = await this.database.transaction({ tenantId: claimed.tenantId, pool: 'worker' }, (tx) =>
        this.orders.get(tx, claimed.orderId),
      );
      if (order.op === null || order.opFence !== claimed.fence) return;
      await inSpan(advanceSpan(order, order.op), () =>
        this.operation.advance(order, this.context(order.opCause?.traceparent)),
      );
      await this.finishEffects(claimed);
    });
  }

  private async finish(effect: Effect): Promise<void> {
    await this.guarded(effect.orderId, () => inSpan(effectSpan(effect), () => this.send(effect)));
  }

  private async send(effect: Effect): Promise<void> {
    const context = this.context(effect.traceparent ?? undefined);
    const result = await this.runEffect.run(effect, { tenantId: effect.tenantId, ...context });
    await this.database.transaction(
      {
        tenantId: effect.tenantId,
        pool: 'worker',
        requestId: context.requestId,
        step: `${effect.kind}.settle`,
      },
      async (tx) => {
        const order = await this.orders.get(tx, effect.orderId, { lock: true });
        await this.settleEffect.settle(tx, order, effect, result);
      },
    );
  }

  private context(traceparent?: string): AdvanceContext & { readonly deadlineAtMs: number } {
    return {
      pool: 'worker',
      ...(traceparent === undefined ? {} : { traceparent }),
      requestId: `worker-${uuidv7()}`,
      deadlineAtMs: this.clock.monotonicMs() + CALL_DEADLINE_MS,
    };
  }

  /** One order's trouble never stops the others; its lease brings it back. */
  private async guarded(orderId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof FencedOff) return;
      this.logger.error({ msg: 'an effect or operation could not be finished', orderId, err: error });
    }
  }

  /** A sibling is back: whatever waits for it is due at once. */
  private async hurry(change: BreakerChange): Promise<void> {
    const kinds = EFFECT_KINDS.filter((kind) => EFFECTS[kind].upstream === change.upstream);
    if (kinds.length === 0) return;
    await this.guarded('all', async () => {
      await this.database.transaction({ tenantId: null, role: 'worker', pool: 'worker' }, async (tx) => {
        await this.effects.hurry(tx, kinds);
        await this.operations.hurry(tx);
      });
    });
  }

  private track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.logger.error({ msg: 'background work failed', err: error });
      })
      .finally(() => this.running.delete(tracked));
    this.running.add(tracked);
  }
}

/** The trace of whoever wrote it down goes on, however much later. */
function effectSpan({ kind, orderId, traceparent }: Effect): SpanFacts {
  return {
    name: `effect ${kind}`,
    kind: 'internal',
    attributes: { 'app.order_id': orderId },
    parent: traceparent,
  };
}

function advanceSpan(order: Order, operation: NonNullable<Order['op']>): SpanFacts {
  return {
    name: `operation ${operation}`,
    kind: 'internal',
    attributes: { 'app.order_id': order.id },
    parent: order.opCause?.traceparent,
  };
}
