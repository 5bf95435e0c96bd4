import { Inject, Injectable } from '@nestjs/common';
import { AppError, isAppError } from '@app/kernel';
import {
  Batches,
  CONFIG,
  Database,
  databaseAway,
  isContended,
  type Config,
  type IdempotencyRequest,
  type Transaction,
} from '@app/platform';
import { PromoCodesStore } from '@app/pricing';
import { CreateOrderStore, type OrderBirth } from '../persistence/create-order.store.js';

/** Orders that are written by one statement. */
const BATCH_MAX = 32;
/** While one transaction commits, the next is written. */
const AT_ONCE = 2;

export interface BirthWish {
  readonly tenantId: string;
  readonly eventId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly idempotency: IdempotencyRequest;
  readonly promoCodeId: string | null;
  /** The order as it will be, once its number and the database's time are known. */
  readonly conceive: (facts: { readonly orderNumber: string; readonly now: Date }) => OrderBirth;
}

type Outcome = { readonly birth: OrderBirth } | { readonly error: unknown };

/**
 * Writes new orders. Those of one event that wait for the database in this process are committed together: most of
 * what a create costs PostgreSQL is the transaction, not the order.
 */
@Injectable()
export class OrderBirths {
  private readonly batches: Batches<BirthWish, Outcome>;

  constructor(
    private readonly database: Database,
    private readonly orders: CreateOrderStore,
    private readonly promoCodes: PromoCodesStore,
    @Inject(CONFIG) config: Config,
  ) {
    this.batches = new Batches({
      atOnce: AT_ONCE,
      batchMax: BATCH_MAX,
      waitingMax: config.REQUESTS_IN_FLIGHT_MAX,
      nameOf: ({ idempotency }) => `${idempotency.principal} ${idempotency.key}`,
      waitMaxMs: () => config.DB_ACQUIRE_TIMEOUT_MS,
      tooLate: () => ({ error: databaseAway(new Error('The creates before it took too long.')) }),
      run: (wishes, waitedMs) => this.together(wishes, waitedMs),
    });
  }

  /**
   * Writes the order, its history, its event and its answer, or nothing at all.
   * @throws IDEMPOTENCY_KEY_IN_USE when the key was used before: what it was answered is still to be looked up;
   *   EVENT_NOT_ON_SALE when the sale was stopped meanwhile; PROMO_EXHAUSTED; UPSTREAM_UNAVAILABLE; OVERLOADED
   */
  async write(wish: BirthWish): Promise<OrderBirth> {
    // The row of a promo code is held until the commit, and what was counted there is rolled back with its order.
    if (wish.promoCodeId !== null) return resultOf(await this.alone(wish, 0));
    const outcome = await this.batches.add(`${wish.tenantId}:${wish.eventId}`, wish);
    if (outcome === undefined) throw new AppError('OVERLOADED');
    return resultOf(outcome);
  }

  private async together(
    wishes: readonly BirthWish[],
    waitedMs: number,
  ): Promise<readonly (Outcome | Promise<Outcome>)[]> {
    try {
      return await this.commit(wishes, waitedMs);
    } catch (error) {
      if (wishes.length === 1 || (isAppError(error) && !isContended(error)))
        return wishes.map(() => ({ error }));
      // One of them is not to be written, or somebody else holds its key; nothing says which, and the others must
      // not hear of it.
      return wishes.map((wish) => this.alone(wish, waitedMs));
    }
  }

  private async alone(wish: BirthWish, waitedMs: number): Promise<Outcome> {
    try {
      const [outcome] = await this.commit([wish], waitedMs);
      return outcome ?? { error: new Error('A birth had no outcome.') };
    } catch (error) {
      return { error };
    }
  }

  private commit(wishes: readonly BirthWish[], waitedMs: number): Promise<readonly Outcome[]> {
    const [first] = wishes;
    if (first === undefined) return Promise.resolve([]);
    const { tenantId, eventId } = first;
    const scope = {
      tenantId,
      saleOfEventId: eventId,
      orderNumberCount: wishes.length,
      waitedMs,
      // What one of many waits for is waited for alone.
      ...(wishes.length === 1 ? { requestId: first.requestId } : { attemptsMax: 1 }),
      step: 'create.tx1',
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const births = wishes.map((wish, index) =>
        wish.conceive({ orderNumber: orderNumber(tx, index), now: tx.now }),
      );
      for (const [index, { order }] of births.entries()) await this.redeem(tx, wishes[index], order.id);
      const { createdIds, isSaleStopped } = await this.orders.create(tx, { tenantId, eventId }, births);
      if (isSaleStopped) throw new AppError('EVENT_NOT_ON_SALE', { reason: 'its sale was stopped' });
      const used = new AppError('IDEMPOTENCY_KEY_IN_USE');
      // Rolls back what was counted for an order that is not there.
      if (createdIds.length === 0) throw used;
      const created = new Set(createdIds);
      return births.map((birth): Outcome => (created.has(birth.order.id) ? { birth } : { error: used }));
    });
  }

  private async redeem(tx: Transaction, wish: BirthWish | undefined, orderId: string): Promise<void> {
    if (wish === undefined || wish.promoCodeId === null) return;
    const { promoCodeId, userId } = wish;
    await this.promoCodes.redeem(tx, { promoCodeId, orderId, userId });
  }
}

function resultOf(outcome: Outcome): OrderBirth {
  if ('error' in outcome) throw outcome.error;
  return outcome.birth;
}

function orderNumber(tx: Transaction, index: number): string {
  const number = tx.orderNumbers[index];
  if (number === undefined) throw new Error('The first statement drew too few order numbers.');
  return number;
}
