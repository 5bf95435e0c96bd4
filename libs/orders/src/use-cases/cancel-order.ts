import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import {
  Database,
  FencedOff,
  REPLAY_MS,
  type Answer,
  type Caller,
  type Claim,
  type IdempotencyRequest,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import { applicableRefundRule, openUnits } from '@app/pricing';
import type { Order } from '../domain/order.js';
import { refundableLines } from '../domain/refund.js';
import { decide } from '../domain/state-machine.js';
import { requestContext } from '../effects/advance-context.js';
import { AdvanceFence } from '../effects/advance-fence.js';
import { BeginFence } from '../effects/begin-fence.js';
import { EVERYTHING, Paybacks, paybackOfUnits } from '../effects/paybacks.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { orderAnswer } from '../views/answers.js';
import { actorOf, assertVersion, visibleTo } from './access.js';
import { Refusals } from './refusals.js';

/** How long a buyer waits for payment-service before hearing 202. */
const FENCE_WAIT_MS = 5 * SECOND_MS;

type Decision =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly changed: Order | null }
  | { readonly kind: 'fence'; readonly order: Order; readonly claim: Claim };

/** POST /orders/:id/cancel: ends a PENDING order, fences a RESERVED one, pays a CONFIRMED one back by its policy. */
@Injectable()
export class CancelOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly fence: AdvanceFence,
    private readonly beginFence: BeginFence,
    private readonly paybacks: Paybacks,
    private readonly refusals: Refusals,
    private readonly worker: OrderWorker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(
    caller: Caller<UserPrincipal>,
    orderId: string,
    reason: string | null,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const decision = await this.begin(caller, orderId, reason, ifMatch, idempotency);
    if (decision.kind === 'answer') {
      if (decision.changed !== null) this.worker.soon(decision.changed);
      return decision.answer;
    }
    return this.waitForFence(caller, decision.order, decision.claim);
  }

  private begin(
    caller: Caller<UserPrincipal>,
    orderId: string,
    reason: string | null,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Decision> {
    const actor = actorOf(caller.principal);
    return this.database.transaction<Decision>(
      {
        tenantId: caller.principal.tenantId,
        actor,
        requestId: caller.requestId,
        pool: caller.pool ?? 'request',
        step: 'cancel.tx1',
      },
      async (tx) => {
        const result = await this.stores.idempotency.claim(tx, idempotency);
        if (result.kind === 'replay') return { kind: 'answer', answer: result.answer, changed: null };
        const { claim } = result;
        const order = await this.stores.orders.get(tx, orderId, {
          ...visibleTo(caller.principal),
          lock: true,
        });
        if (claim.attempt === 1) assertVersion(order, ifMatch);
        if (order.op === 'cancelling') return this.stillEnding(tx, order, claim);
        if (order.status === 'CANCELLED') return this.answered(tx, order, claim, null);
        await tx.because({ reason });
        try {
          decide(order, 'cancel');
          if (order.disputed) throw new AppError('ORDER_DISPUTED');
          if (order.status === 'CONFIRMED') return await this.cancelPaid(tx, order, claim, caller, reason);
        } catch (error) {
          if (error instanceof AppError && error.row.replay === 'stored')
            return this.refusals.within(tx, claim, error, order.id);
          throw error;
        }
        if (order.status === 'PENDING') return this.cancelPending(tx, order, claim, caller, reason);
        return {
          kind: 'fence',
          order: await this.beginFence.begin(tx, order, 'cancelling', {
            actor,
            reason,
            requestId: caller.requestId,
          }),
          claim,
        };
      },
    );
  }

  private async cancelPending(
    tx: Transaction,
    order: Order,
    claim: Claim,
    caller: Caller,
    reason: string | null,
  ): Promise<Decision> {
    const cancelled = await this.stores.move(tx, order, 'cancel', {
      also: { cancelReason: reason },
      traceparent: caller.traceparent,
    });
    await this.stores.giveBackClaims(tx, order.id);
    return this.answered(tx, cancelled, claim, null);
  }

  /** @throws REFUND_WINDOW_CLOSED when the policy pays nothing back now: then the buyer keeps the tickets */
  private async cancelPaid(
    tx: Transaction,
    order: Order,
    claim: Claim,
    caller: Caller<UserPrincipal>,
    reason: string | null,
  ): Promise<Decision> {
    const known = await this.paybacks.known(tx, order.id);
    const isEventCalledOff = await this.stores.saleStops.isStopped(tx, order);
    const rule =
      caller.principal.role === 'admin'
        ? EVERYTHING
        : applicableRefundRule(order.refundPolicy, {
            now: tx.now,
            eventStartsAt: order.eventStartsAt,
            eventCancelled: isEventCalledOff,
          });
    const facts = {
      isEventCalledOff,
      reason: reason ?? 'cancelled by the buyer',
      principal: claim.request.principal,
      idempotencyKey: claim.request.key,
    };
    const payback = paybackOfUnits(
      order,
      known,
      openUnits(refundableLines(order, known)),
      rule,
      facts,
      tx.now,
    );
    if (payback.refund === null && order.totalCents > 0)
      throw new AppError(
        'REFUND_WINDOW_CLOSED',
        { clause: rule.clause },
        { members: { policy: { id: order.refundPolicy.id, clause: rule.clause } } },
      );
    await this.stores.effects.supersedeUnsent(tx, order.id, ['tickets.confirm']);
    const cancelled = await this.stores.move(tx, order, 'cancel', {
      also: { ...payback.also, cancelReason: reason },
      traceparent: caller.traceparent,
    });
    await this.paybacks.write(tx, cancelled, payback);
    await this.stores.giveBackClaims(tx, order.id);
    return this.answered(tx, cancelled, claim, cancelled);
  }

  private async answered(
    tx: Transaction,
    order: Order,
    claim: Claim,
    changed: Order | null,
  ): Promise<Decision> {
    const answer = orderAnswer(order, tx.now);
    await this.stores.idempotency.answer(tx, claim, {
      answer,
      replayMs: REPLAY_MS.success,
      orderId: order.id,
    });
    return { kind: 'answer', answer, changed };
  }

  /** Asked again while the first cancel still waits for payment-service. */
  private async stillEnding(tx: Transaction, order: Order, claim: Claim): Promise<Decision> {
    await this.stores.idempotency.free(tx, claim);
    return { kind: 'answer', answer: orderAnswer(order, tx.now, { status: 202 }), changed: null };
  }

  /** The order is on its way out for good; only the answer depends on how fast payment-service is. */
  private async waitForFence(caller: Caller<UserPrincipal>, order: Order, claim: Claim): Promise<Answer> {
    const deadlineAtMs = Math.min(caller.deadlineAtMs, this.clock.monotonicMs() + FENCE_WAIT_MS);
    try {
      const step = await this.fence.advance(order, requestContext(caller, claim, deadlineAtMs));
      if (step.isSettled) await this.worker.finishEffects({ tenantId: order.tenantId, orderId: order.id });
      return step.answer ?? (await this.presentAnswer(caller, order, claim));
    } catch (error) {
      if (!(error instanceof FencedOff)) throw error;
      return this.presentAnswer(caller, order, claim);
    }
  }

  /** Still on its way out, or ended by somebody else: the key stays free, because this answer may change. */
  private presentAnswer(caller: Caller, order: Order, claim: Claim): Promise<Answer> {
    const scope = { tenantId: order.tenantId, pool: caller.pool ?? 'request' } as const;
    return this.database.transaction(scope, async (tx) => {
      await this.stores.idempotency.free(tx, claim);
      const present = await this.stores.orders.get(tx, order.id);
      return orderAnswer(present, tx.now, { status: present.op === null ? 200 : 202 });
    });
  }
}
