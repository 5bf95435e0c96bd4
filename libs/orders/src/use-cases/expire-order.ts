import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import {
  Database,
  FencedOff,
  REPLAY_MS,
  type Actor,
  type Answer,
  type Caller,
  type Claim,
  type IdempotencyRequest,
  type Transaction,
} from '@app/platform';
import { isOverdue, type Order } from '../domain/order.js';
import { decide, stateConflict } from '../domain/state-machine.js';
import { requestContext, type AdvanceContext } from '../effects/advance-context.js';
import { AdvanceFence } from '../effects/advance-fence.js';
import { BeginFence } from '../effects/begin-fence.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { orderAnswer } from '../views/answers.js';
import { actorOf, assertVersion } from './access.js';
import { Refusals } from './refusals.js';

const FENCE_WAIT_MS = 5 * SECOND_MS;
const DEADLINE_PASSED = 'its time ran out';

type Decision =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'fence'; readonly order: Order; readonly claim: Claim };

/** POST /internal/orders/:id/expire and the expiration job: the same path for both. */
@Injectable()
export class ExpireOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly fence: AdvanceFence,
    private readonly beginFence: BeginFence,
    private readonly refusals: Refusals,
    private readonly worker: OrderWorker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(
    caller: Caller,
    orderId: string,
    reason: string | null,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const decision = await this.begin(caller, orderId, reason, ifMatch, idempotency);
    if (decision.kind === 'answer') return decision.answer;
    const deadlineAtMs = Math.min(caller.deadlineAtMs, this.clock.monotonicMs() + FENCE_WAIT_MS);
    const answer = await this.runFence(decision.order, requestContext(caller, decision.claim, deadlineAtMs));
    if (answer !== null) return answer;
    return this.database.transaction<Answer>({ tenantId: caller.principal.tenantId }, async (tx) => {
      await this.stores.idempotency.free(tx, decision.claim);
      const present = await this.stores.orders.get(tx, orderId);
      if (present.status === 'EXPIRED') return orderAnswer(present, tx.now);
      // Still being fenced, or its payment is being processed: it ends by itself, now or at its new deadline.
      if (present.op !== null || present.status === 'RESERVED')
        return orderAnswer(present, tx.now, { status: 202 });
      return tx.refuse(stateConflict(present, 'expire'));
    });
  }

  /**
   * The job's way: expires one overdue RESERVED order, or leaves it to the worker when payment-service is silent.
   * An order that somebody else has taken meanwhile is left alone.
   */
  async expireOverdue(
    order: { readonly tenantId: string; readonly orderId: string },
    context: AdvanceContext,
  ): Promise<void> {
    await this.expireReserved(order, context, {
      actor: { kind: 'system', id: 'expiration' },
      reason: DEADLINE_PASSED,
      isDue: isOverdue,
    });
  }

  /** The same for a reservation that has to end before its time. @returns false when it is not what it was */
  async expireReserved(
    order: { readonly tenantId: string; readonly orderId: string },
    context: AdvanceContext,
    why: {
      readonly actor: Actor;
      readonly reason: string;
      readonly isDue: (order: Order, now: Date) => boolean;
    },
  ): Promise<boolean> {
    const scope = {
      tenantId: order.tenantId,
      pool: 'worker',
      requestId: context.requestId,
      step: 'expire.tx1',
    } as const;
    const begun = await this.database.transaction(scope, async (tx) => {
      const locked = await this.stores.orders.find(tx, order.orderId, { lock: true });
      if (locked?.status !== 'RESERVED' || locked.op !== null || !why.isDue(locked, tx.now)) return null;
      const { actor, reason } = why;
      return this.beginFence.begin(tx, locked, 'expiring', { actor, reason, requestId: context.requestId });
    });
    if (begun !== null) await this.runFence(begun, context);
    return begun !== null;
  }

  private begin(
    caller: Caller,
    orderId: string,
    reason: string | null,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
  ): Promise<Decision> {
    const actor = actorOf(caller.principal);
    return this.database.transaction<Decision>(
      { tenantId: caller.principal.tenantId, actor, requestId: caller.requestId, step: 'expire.tx1' },
      async (tx) => {
        const result = await this.stores.idempotency.claim(tx, idempotency);
        if (result.kind === 'replay') return { kind: 'answer', answer: result.answer };
        const { claim } = result;
        const order = await this.stores.orders.get(tx, orderId, { lock: true });
        if (claim.attempt === 1) assertVersion(order, ifMatch);
        if (order.op === 'expiring') return this.stillEnding(tx, order, claim);
        if (order.status === 'EXPIRED') return this.answered(tx, order, claim);
        await tx.because({ reason });
        try {
          decide(order, 'expire');
        } catch (error) {
          if (error instanceof AppError && error.row.replay === 'stored')
            return this.refusals.within(tx, claim, error, order.id);
          throw error;
        }
        if (order.status === 'PENDING') {
          const expired = await this.stores.move(tx, order, 'expire', { traceparent: caller.traceparent });
          await this.stores.giveBackClaims(tx, order.id);
          return this.answered(tx, expired, claim);
        }
        return {
          kind: 'fence',
          order: await this.beginFence.begin(tx, order, 'expiring', {
            actor,
            reason,
            requestId: caller.requestId,
          }),
          claim,
        };
      },
    );
  }

  /** @returns the answer stored for the request, null when there is none (yet) */
  private async runFence(order: Order, context: AdvanceContext): Promise<Answer | null> {
    try {
      const { isSettled, answer } = await this.fence.advance(order, context);
      if (isSettled) await this.worker.finishEffects({ tenantId: order.tenantId, orderId: order.id });
      return answer;
    } catch (error) {
      if (!(error instanceof FencedOff)) throw error;
      return null;
    }
  }

  private async answered(tx: Transaction, order: Order, claim: Claim): Promise<Decision> {
    const answer = orderAnswer(order, tx.now);
    await this.stores.idempotency.answer(tx, claim, {
      answer,
      replayMs: REPLAY_MS.success,
      orderId: order.id,
    });
    return { kind: 'answer', answer };
  }

  private async stillEnding(tx: Transaction, order: Order, claim: Claim): Promise<Decision> {
    await this.stores.idempotency.free(tx, claim);
    return { kind: 'answer', answer: orderAnswer(order, tx.now, { status: 202 }) };
  }
}
