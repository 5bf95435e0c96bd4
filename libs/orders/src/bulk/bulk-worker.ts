import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, SECOND_MS } from '@app/kernel';
import { CONFIG, Database, FencedOff, inSpan, Lifecycle, type Config, type SpanFacts } from '@app/platform';
import { backoffMs } from '../effects/backoff.js';
import { OrderWorker } from '../effects/worker.js';
import { BulkItemsStore, type ClaimedItem } from './bulk-items.store.js';
import { CallOffOrder } from './call-off-order.js';
import type { BulkOperation } from './operation.js';

/** Turns per second of an operation that keeps its pace. */
const TURNS_PER_SECOND = 2;
/** Orders ended at once by one process. */
const CONCURRENCY = 8;
/** An order whose step throws this often is left to people; the others go on. */
const ATTEMPTS_MAX = 10;

export const BALANCE_SHORT = 'INSUFFICIENT_BALANCE';

/**
 * What the bulk job does: takes turns on the operations that run, ends their orders at the agreed pace, and pauses
 * while payment-service has no money to pay back. All that it knows is in the database, so any process may die.
 */
@Injectable()
export class BulkWorker {
  private readonly logger = new Logger(BulkWorker.name);
  private readonly batch: number;
  private readonly turnMs: number;

  constructor(
    private readonly database: Database,
    private readonly items: BulkItemsStore,
    private readonly callOff: CallOffOrder,
    private readonly worker: OrderWorker,
    private readonly lifecycle: Lifecycle,
    @Inject(CONFIG) config: Config,
  ) {
    this.batch = Math.max(1, Math.floor(config.BULK_RATE_PER_SECOND / TURNS_PER_SECOND));
    this.turnMs = (this.batch / config.BULK_RATE_PER_SECOND) * SECOND_MS;
  }

  /** One round of the job: turns as long as some are due. @returns how many orders it looked at */
  async run(limit: number): Promise<number> {
    let count = 0;
    while (count < limit && !this.lifecycle.isDraining) {
      const operation = await this.database.transaction(
        { tenantId: null, role: 'worker', pool: 'worker' },
        (tx) => this.items.claimTurn(tx, this.turnMs),
      );
      if (operation === null) break;
      count += operation.status === 'PAUSED' ? await this.probe(operation) : await this.turn(operation);
    }
    return count;
  }

  private async turn(operation: BulkOperation): Promise<number> {
    const scope = { tenantId: operation.tenantId, pool: 'worker' } as const;
    const claimed = await this.database.transaction(scope, async (tx) => {
      await this.items.lookAtWaiting(tx, operation);
      if ((await this.items.shortOrder(tx, operation)) !== null) {
        await this.items.pause(tx, operation, BALANCE_SHORT);
        return null;
      }
      return this.items.claimQueued(tx, operation, this.batch);
    });
    if (claimed === null) return 0;
    await this.inLanes(claimed, (item) => inSpan(callOffSpan(item), () => this.end(operation, item)));
    if (claimed.length === 0)
      await this.database.transaction(scope, (tx) => this.items.finish(tx, operation));
    return claimed.length;
  }

  /** Asks payment-service for one refund of a paused operation; when it is taken, all go on. */
  private async probe(operation: BulkOperation): Promise<number> {
    const scope = { tenantId: operation.tenantId, pool: 'worker' } as const;
    const orderId = await this.database.transaction(scope, async (tx) => {
      await this.items.lookAtWaiting(tx, operation);
      const short = await this.items.shortOrder(tx, operation);
      await this.items.rest(tx, operation);
      if (short !== null) await this.items.wake(tx, operation, short);
      return short;
    });
    if (orderId !== null) await this.worker.finishEffects({ tenantId: operation.tenantId, orderId });
    await this.database.transaction(scope, async (tx) => {
      const isAccepted = orderId === null || (await this.items.isAccepted(tx, operation, orderId));
      if (isAccepted) await this.items.resume(tx, operation);
      else await this.items.rest(tx, operation);
    });
    return orderId === null ? 0 : 1;
  }

  private async end(operation: BulkOperation, item: ClaimedItem): Promise<void> {
    const { tenantId } = operation;
    const { orderId } = item;
    try {
      const { order, next } = await this.callOff.step(operation, orderId);
      if (next === 'fence') await this.worker.advance({ tenantId, orderId, fence: order.opFence });
      if (next === 'effects') await this.worker.finishEffects({ tenantId, orderId });
    } catch (error) {
      await this.trouble(operation, item, error);
    }
  }

  private async trouble(operation: BulkOperation, item: ClaimedItem, error: unknown): Promise<void> {
    if (error instanceof FencedOff) return;
    const { id: operationId, tenantId } = operation;
    const { orderId, attempts } = item;
    this.logger.error({
      msg: 'an order of a called-off event could not be ended',
      orderId,
      operationId,
      attempts,
      err: error,
    });
    // A database that is away lets nobody claim anything, so it cannot use the attempts up.
    await this.database.transaction({ tenantId, pool: 'worker' }, async (tx) => {
      if (attempts < ATTEMPTS_MAX)
        return this.items.postpone(tx, operation, orderId, backoffMs(attempts, Math.random()));
      const code = error instanceof AppError ? error.code : 'INTERNAL';
      return this.items.settle(tx, operation, orderId, {
        kind: 'failed',
        code,
        detail: error instanceof AppError ? error.detail : new AppError('INTERNAL').detail,
      });
    });
  }

  private async inLanes(
    items: readonly ClaimedItem[],
    work: (item: ClaimedItem) => Promise<void>,
  ): Promise<void> {
    const queue = items.values();
    const errors: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (const item of queue) await work(item).catch((error: unknown) => errors.push(error));
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane));
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} orders of a called-off event could not be ended`);
  }
}

function callOffSpan({ orderId }: ClaimedItem): SpanFacts {
  return { name: 'call off order', kind: 'internal', attributes: { 'app.order_id': orderId } };
}
