import { Inject, Injectable } from '@nestjs/common';
import { MINUTE_MS } from '@app/kernel';
import { PaymentServiceClient, type PaymentIntent } from '@app/payments';
import { CONFIG, Database, REPLAY_MS, type Answer, type Config, type Transaction } from '@app/platform';
import { currentPayment, withoutOperation, type Order } from '../domain/order.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { orderAnswer } from '../views/answers.js';
import { callContext, operationScope, type AdvanceContext } from './advance-context.js';
import { backoffMs } from './backoff.js';
import { cancelIntentEffect, effectKey, releaseTicketsEffect } from './catalog.js';
import { SettlePayment } from './settle-payment.js';

/** What payment-service says of the intent that stands between the order and its end. */
type Verdict =
  | { readonly kind: 'dead'; readonly isUnknownThere: boolean }
  | { readonly kind: 'paid'; readonly intent: PaymentIntent }
  | { readonly kind: 'processing' }
  | { readonly kind: 'silent' };

/** Where a fence stands after a step. */
export interface FenceResult {
  readonly order: Order;
  /** False: payment-service has not answered yet; the worker goes on. */
  readonly isSettled: boolean;
}

/** The same, with the answer that was stored for the request that waits for it. */
export interface FenceStep extends FenceResult {
  readonly answer: Answer | null;
}

/**
 * The payment fence: a RESERVED order ends only once its intent certainly cannot be paid any more, and money that came
 * in the last second is honoured. Runs for a cancel and for an expiry alike.
 */
@Injectable()
export class AdvanceFence {
  constructor(
    private readonly paymentService: PaymentServiceClient,
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly settlePayment: SettlePayment,
    private readonly findings: FindingsStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws FencedOff when somebody else took the operation over */
  async advance(order: Order, context: AdvanceContext): Promise<FenceStep> {
    const verdict = await this.ask(order, context);
    const step = order.op === 'cancelling' ? 'cancel.tx2' : 'expire.tx2';
    return this.database.transaction({ ...operationScope(order, context), step }, async (tx) => {
      const held = await this.stores.operations.held(tx, order);
      await tx.because({ reason: held.opCause?.reason ?? null });
      const result = await this.settle(tx, held, verdict, context);
      return { ...result, answer: await this.answer(tx, result, context) };
    });
  }

  private async ask(order: Order, context: AdvanceContext): Promise<Verdict> {
    const payment = currentPayment(order);
    if (payment === null) return { kind: 'dead', isUnknownThere: false };
    const { paymentIntentId } = payment;
    const canceled = await this.paymentService.cancelIntent(
      { paymentIntentId },
      effectKey('payments.cancel', order.id, order.generation),
      callContext(order, context),
    );
    if (canceled.kind === 'done') return { kind: 'dead', isUnknownThere: false };
    if (canceled.kind !== 'refused') return { kind: 'silent' };
    if (canceled.code === 'INTENT_NOT_FOUND') return { kind: 'dead', isUnknownThere: true };
    if (canceled.code === 'PROCESSING') return { kind: 'processing' };
    if (canceled.code !== 'ALREADY_SUCCEEDED') return { kind: 'silent' };
    const read = await this.paymentService.getIntent(paymentIntentId, callContext(order, context));
    if (read.kind !== 'done' || read.body.status !== 'succeeded' || read.body.orderId !== order.id)
      return { kind: 'silent' };
    return { kind: 'paid', intent: read.body };
  }

  private settle(
    tx: Transaction,
    order: Order,
    verdict: Verdict,
    context: AdvanceContext,
  ): Promise<FenceResult> {
    switch (verdict.kind) {
      case 'dead':
        return this.end(tx, order, verdict.isUnknownThere, context);
      case 'paid':
        return this.honour(tx, order, verdict.intent, context);
      case 'processing':
        return order.op === 'expiring' && !order.processingExtended
          ? this.extend(tx, order)
          : this.wait(tx, order, context);
      case 'silent':
        return this.isGivenUp(order, tx.now)
          ? this.giveUp(tx, order, context)
          : this.wait(tx, order, context);
    }
  }

  /** The intent is dead: the seats go back and the order ends. */
  private async end(
    tx: Transaction,
    order: Order,
    isUnknownThere: boolean,
    context: AdvanceContext,
  ): Promise<FenceResult> {
    await this.closeCalls(tx, order, 'done');
    if (order.paymentIntentId !== null) await this.stores.payments.canceled(tx, order.paymentIntentId);
    if (isUnknownThere && order.paymentIntentId !== null) {
      await this.findings.raise(tx, {
        kind: 'intent_unknown_at_payment_service',
        subject: order.paymentIntentId,
        orderId: order.id,
        details: { status: order.status },
      });
    }
    return { order: await this.close(tx, order, context), isSettled: true };
  }

  /** Ends the order and gives back what it held; the intent is dead, paid back or given up. */
  private async close(
    tx: Transaction,
    order: Order,
    context: AdvanceContext,
    also: Partial<Order> = {},
  ): Promise<Order> {
    const isCancel = order.op === 'cancelling';
    const ended = await this.stores.move(tx, order, isCancel ? 'cancel' : 'expire', {
      traceparent: context.traceparent,
      also: {
        ...also,
        generationOpen: false,
        ...(isCancel ? { cancelReason: order.opCause?.reason ?? null } : {}),
      },
    });
    await this.stores.effects.append(tx, order.id, [
      releaseTicketsEffect(ended, { queue: 'main', reason: isCancel ? 'cancelled' : 'expired' }),
    ]);
    await this.stores.giveBackClaims(tx, order.id);
    return ended;
  }

  /** The money came first. */
  private async honour(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    context: AdvanceContext,
  ): Promise<FenceResult> {
    const settled = await this.settlePayment.settle(tx, order, intent, {
      canRecover: false,
      isFence: true,
      requestId: context.requestId,
      traceparent: context.traceparent,
    });
    if (settled.order.status !== 'RESERVED') return { order: settled.order, isSettled: true };
    // A wrong amount was paid back; the order still has to end.
    await this.closeCalls(tx, order, 'refused');
    return { order: await this.close(tx, settled.order, context), isSettled: true };
  }

  /** A payment that is being processed at the deadline gets one more span to finish in. */
  private async extend(tx: Transaction, order: Order): Promise<FenceResult> {
    await this.closeCalls(tx, order, 'disarmed');
    const expiresAt = new Date(tx.now.getTime() + this.config.PROCESSING_EXTENSION_MINUTES * MINUTE_MS);
    const extended: Order = {
      ...withoutOperation(order),
      processingExtended: true,
      expiresAt,
      reservationExpiresAt: expiresAt,
      version: order.version + 1,
    };
    await this.stores.orders.save(tx, order, extended);
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'order.reservation_extended',
      actor: { kind: 'system', id: 'order-service' },
      isPublic: true,
      reason: 'the payment is being processed',
    });
    return { order: extended, isSettled: true };
  }

  private async wait(tx: Transaction, order: Order, context: AdvanceContext): Promise<FenceResult> {
    const waitedMs = tx.now.getTime() - (order.opStartedAt ?? tx.now).getTime();
    // The wait so far says how often we asked: each delay is at most as long as all before it together.
    const attempts = Math.max(1, Math.ceil(Math.log2(1 + waitedMs / 200)));
    await this.stores.operations.handBack(tx, order, backoffMs(attempts, Math.random()));
    if (context.claim !== undefined) await this.stores.idempotency.free(tx, context.claim);
    return { order: { ...order, opLeaseUntil: null }, isSettled: false };
  }

  private isGivenUp(order: Order, now: Date): boolean {
    return (
      order.opStartedAt !== null &&
      now.getTime() - order.opStartedAt.getTime() >= this.config.FENCE_MAX_MINUTES * MINUTE_MS
    );
  }

  /**
   * payment-service was away too long: the seats go back although the intent may still be paid. Its cancel keeps
   * running, and money that comes late is settled by the table.
   */
  private async giveUp(tx: Transaction, order: Order, context: AdvanceContext): Promise<FenceResult> {
    await this.closeCalls(tx, order, 'disarmed');
    const ended = await this.close(tx, order, context, { fenceGaveUp: true });
    await this.stores.effects.append(tx, order.id, [
      cancelIntentEffect(ended, { queue: `undo:${order.generation}`, payment: currentPayment(ended) }),
    ]);
    await this.findings.raise(tx, {
      kind: 'fence_gave_up',
      subject: order.id,
      orderId: order.id,
      details: { paymentIntentId: order.paymentIntentId },
    });
    return { order: ended, isSettled: true };
  }

  private async closeCalls(
    tx: Transaction,
    order: Order,
    to: 'done' | 'refused' | 'disarmed',
  ): Promise<void> {
    await this.stores.effects.change(tx, order.id, {
      generation: order.generation,
      from: 'pending',
      to,
      queue: 'operation',
    });
  }

  /** The answer of the request that waits for this fence, in the commit that settles it. */
  private async answer(
    tx: Transaction,
    { order, isSettled }: FenceResult,
    { claim }: AdvanceContext,
  ): Promise<Answer | null> {
    if (claim === undefined || !isSettled) return null;
    if (order.status !== 'CANCELLED' && order.status !== 'EXPIRED') {
      await this.stores.idempotency.free(tx, claim);
      return null;
    }
    const answer = orderAnswer(order, tx.now);
    await this.stores.idempotency.answer(tx, claim, {
      answer,
      replayMs: REPLAY_MS.success,
      orderId: order.id,
    });
    return answer;
  }
}
