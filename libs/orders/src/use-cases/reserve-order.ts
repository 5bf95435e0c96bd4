import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, type Clock } from '@app/kernel';
import {
  Database,
  FencedOff,
  SecretBox,
  REPLAY_MS,
  type Answer,
  type Caller,
  type Claim,
  type IdempotencyRequest,
  type Refusal,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import { currentPayment, isOverdue, type OperationCause, type Order } from '../domain/order.js';
import { assertOnSale, assertPricesAsShown, purchaseLimitExceeded } from '../domain/sale-rules.js';
import { decide, stateConflict } from '../domain/state-machine.js';
import { callContext, requestContext } from '../effects/advance-context.js';
import { AdvanceReserving, clientSecretContext } from '../effects/advance-reserving.js';
import { callsOf, heldFor, isLeaseFree, undoOf } from '../effects/begin-reserving.js';
import type { PlannedCall } from '../effects/catalog.js';
import { ReservationTimes } from '../effects/reservation-times.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { reserveAnswer, withClientSecret } from '../views/answers.js';
import { Refusals } from './refusals.js';
import { assertVersion, visibleTo } from './access.js';

/** How the client asked, and how long the reservation would live. */
interface Asked {
  readonly ifMatch: number | null;
  readonly idempotency: IdempotencyRequest;
  readonly ttlMs: number;
}

/** In whose name the operation runs. */
type By = Pick<OperationCause, 'actor' | 'requestId'>;

/** What the first transaction decided: an answer that is there already, or an operation to drive forward. */
type Decision =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'advance';
      readonly order: Order;
      readonly calls: readonly PlannedCall[];
      readonly claim: Claim;
    };

/**
 * POST /orders/:id/reserve: re-check event and prices; write the operation, its effects and their undo; then advance.
 * Until the second transaction commits nothing has happened that the undo would not take back.
 */
@Injectable()
export class ReserveOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly catalog: TicketCatalog,
    private readonly reserving: AdvanceReserving,
    private readonly refusals: Refusals,
    private readonly secrets: SecretBox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly worker: OrderWorker,
    private readonly times: ReservationTimes,
  ) {}

  async execute(
    caller: Caller<UserPrincipal>,
    orderId: string,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const known = await this.read(caller, orderId, idempotency);
    if ('status' in known && 'body' in known) return known;
    try {
      await this.recheck(caller, known);
    } catch (error) {
      return this.refusals.settle(caller, idempotency, error);
    }
    const ttlMs = await this.times.ttlMs(caller.principal.tenantId);
    const decision = await this.begin(caller, known, { ifMatch, idempotency, ttlMs });
    return decision.kind === 'answer' ? decision.answer : this.advance(caller, decision, ttlMs);
  }

  private async advance(
    caller: Caller<UserPrincipal>,
    { order, calls, claim }: Extract<Decision, { kind: 'advance' }>,
    ttlMs: number,
  ): Promise<Answer> {
    try {
      return await this.reserving.advance(order, calls, ttlMs, requestContext(caller, claim));
    } catch (error) {
      await this.letGo(order, claim);
      // Somebody took the operation over while this request slept; what they do stands, and a retry will see it.
      if (error instanceof FencedOff) throw new AppError('ORDER_BUSY', {}, { cause: error });
      throw error;
    } finally {
      // Tickets of a free order, or the undo of a refused one, follow at once.
      this.worker.soon(order);
    }
  }

  /**
   * Whatever went wrong, key and lease must not outlive the request: the client's next try takes over at once. Both
   * writes are fenced, so nothing happens to a later holder or to an answer that did commit. A database that is away
   * frees them by their leases.
   */
  private async letGo(order: Order, claim: Claim): Promise<void> {
    await this.database
      .transaction({ tenantId: order.tenantId, step: 'reserve.hand-back' }, async (tx) => {
        await this.stores.operations.handBack(tx, order);
        await this.stores.idempotency.free(tx, claim);
      })
      .catch(() => undefined);
  }

  private read(
    caller: Caller<UserPrincipal>,
    orderId: string,
    idempotency: IdempotencyRequest,
  ): Promise<Order | Answer> {
    const { tenantId } = caller.principal;
    return this.database.transaction({ tenantId, requestId: caller.requestId }, async (tx) => {
      const order = await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
      const replay = await this.stores.idempotency.find(tx, idempotency);
      return replay === null ? order : this.replayed(replay, orderId);
    });
  }

  /** Nothing is taken before we know that the event still sells, at the prices this order was made with. */
  private async recheck(caller: Caller<UserPrincipal>, order: Order): Promise<void> {
    if (order.status !== 'PENDING') return;
    const context = callContext(order, requestContext(caller));
    const [event, prices] = await Promise.all([
      this.catalog.event(order.eventId, context),
      this.catalog.prices(
        order.eventId,
        order.items.map((item) => item.ticketTypeId),
        context,
      ),
    ]);
    assertOnSale(event, this.clock.now());
    assertPricesAsShown(
      { items: order.items },
      {
        totalCents: order.totalCents,
        unitPriceCents: new Map(
          [...prices].map(([ticketTypeId, price]) => [ticketTypeId, price.unitPriceCents]),
        ),
      },
    );
  }

  /** Transaction 1. */
  private begin(caller: Caller<UserPrincipal>, known: Order, asked: Asked): Promise<Decision> {
    const { ifMatch, idempotency } = asked;
    const { tenantId, userId } = caller.principal;
    const by = { actor: { kind: 'user', id: userId }, requestId: caller.requestId } as const;
    const scope = { tenantId, ...by, saleOfEventId: known.eventId, step: 'reserve.tx1' } as const;
    return this.database.transaction<Decision>(scope, async (tx) => {
      const result = await this.stores.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return { kind: 'answer', answer: this.replayed(result, known.id) };
      const { claim } = result;
      const order = await this.stores.orders.get(tx, known.id, {
        ...visibleTo(caller.principal),
        lock: true,
      });
      if (claim.attempt === 1) assertVersion(order, ifMatch);
      if (order.status === 'RESERVED' && order.op === null)
        return { kind: 'answer', answer: await this.repeat(tx, order, claim) };
      if (order.op === 'reserving' && isLeaseFree(order, tx.now)) return this.takeOver(tx, order, claim, by);
      try {
        decide(order, 'reserve');
      } catch (error) {
        if (error instanceof AppError && error.row.replay === 'stored')
          return this.refusals.within(tx, claim, error, order.id);
        throw error;
      }
      if (isOverdue(order, tx.now)) return this.lapse(tx, order, claim);
      return this.start(tx, order, claim, { by, ttlMs: asked.ttlMs });
    });
  }

  private async start(
    tx: Transaction,
    order: Order,
    claim: Claim,
    { by, ttlMs }: { readonly by: By; readonly ttlMs: number },
  ): Promise<Decision | Refusal> {
    if (await this.stores.saleStops.isStopped(tx, order))
      throw new AppError('EVENT_NOT_ON_SALE', { reason: 'its sale was stopped' });
    if (!(await this.stores.limits.tryTake(tx, order))) return this.refuseLimit(tx, order, claim);
    const begun: Order = {
      ...heldFor(order, tx.now, by),
      generation: order.generation + 1,
      generationOpen: true,
    };
    const calls = callsOf(begun, this.times.holdUntil(tx.now, ttlMs));
    await this.stores.orders.save(tx, order, begun);
    await this.stores.effects.append(tx, order.id, [...calls, ...undoOf(begun)]);
    return { kind: 'advance', order: begun, calls, claim };
  }

  /** The holder before gave up or died: same generation, same keys, same bytes, the next fence. */
  private async takeOver(tx: Transaction, order: Order, claim: Claim, by: By): Promise<Decision> {
    const taken = heldFor(order, tx.now, by);
    await this.stores.orders.save(tx, order, taken);
    const effects = await this.stores.effects.ofOrder(tx, order.id);
    const calls = effects.filter(
      (effect) => effect.generation === order.generation && effect.queue === 'operation',
    );
    return { kind: 'advance', order: taken, calls, claim };
  }

  /** A page that is loaded again gets the same reservation and the same secret. */
  private async repeat(tx: Transaction, order: Order, claim: Claim): Promise<Answer> {
    const payment = currentPayment(order);
    const sealed = payment?.clientSecretSealed ?? null;
    const clientSecret = sealed === null ? null : this.secrets.open(sealed, clientSecretContext(order.id));
    const { answer, stored } = reserveAnswer(
      order,
      tx.now,
      payment === null ? null : { intentId: payment.paymentIntentId, clientSecret },
    );
    await this.stores.idempotency.answer(tx, claim, {
      answer: stored,
      replayMs: REPLAY_MS.success,
      orderId: order.id,
      secretSealed: sealed,
    });
    return answer;
  }

  /** Its time ran out before the job came by: it expires here and now, and the buyer hears that. */
  private async lapse(tx: Transaction, order: Order, claim: Claim): Promise<Refusal> {
    const expired = await this.stores.move(tx, order, 'expire');
    await this.stores.giveBackClaims(tx, order.id);
    return this.refusals.within(tx, claim, stateConflict(expired, 'reserve'), order.id);
  }

  private refuseLimit(tx: Transaction, order: Order, claim: Claim): Promise<Refusal> {
    const limit = order.purchaseLimit ?? 0;
    return this.refusals.within(tx, claim, purchaseLimitExceeded(limit), order.id);
  }

  private replayed(
    replay: { readonly answer: Answer; readonly secretSealed: string | null },
    orderId: string,
  ): Answer {
    const secret =
      replay.secretSealed === null
        ? null
        : this.secrets.open(replay.secretSealed, clientSecretContext(orderId));
    return withClientSecret(replay.answer, secret);
  }
}
