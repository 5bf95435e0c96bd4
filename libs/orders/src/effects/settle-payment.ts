import { Injectable } from '@nestjs/common';
import { AppError, SECOND_MS } from '@app/kernel';
import type { PaymentIntent } from '@app/payments';
import { saleBarrierKey, type Transaction } from '@app/platform';
import { openUnits } from '@app/pricing';
import { currentPayment, withOperation, type Order } from '../domain/order.js';
import {
  PAYMENT_OUTCOMES,
  paymentFact,
  type PaymentAction,
  type PaymentOutcome,
} from '../domain/payment-outcomes.js';
import { refundableLines } from '../domain/refund.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { LatePaymentsStore, type LatePaymentOutcome } from '../persistence/late-payments.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { OrderStores } from '../persistence/order-stores.js';
import { OPERATION_LEASE_MS } from '../persistence/operations.store.js';
import { confirmTicketsEffect, reserveTicketsEffect } from './catalog.js';
import { EVERYTHING, Paybacks, SYSTEM_PRINCIPAL, paybackOfPayment, paybackOfUnits } from './paybacks.js';

/** What is known besides the intent when money is settled. */
export interface SettleOptions {
  /** Whether the event still sells and has not begun: only then an EXPIRED order may take its tickets again. */
  readonly canRecover: boolean;
  /** Deadline of the hold that a recovery takes, on ticket-service's side. */
  readonly holdUntil: Date;
  readonly traceparent?: string | undefined;
  /** A fence that is being settled ends the order whatever the amount; a confirm hears PAYMENT_MISMATCH instead. */
  readonly isFence: boolean;
  readonly requestId: string;
}

export interface Settled {
  readonly order: Order;
  readonly paymentOutcome: PaymentOutcome;
}

/**
 * Books money that payment-service says came in for an order, and decides what it means: one exhaustive table, used by
 * the confirm route, the messages, the fence and reconciliation alike.
 */
@Injectable()
export class SettlePayment {
  constructor(
    private readonly stores: OrderStores,
    private readonly paybacks: Paybacks,
    private readonly latePayments: LatePaymentsStore,
    private readonly findings: FindingsStore,
    private readonly metrics: OrderMetrics,
  ) {}

  /**
   * @param order locked in this transaction   @param intent of this order and succeeded, as payment-service answered now
   * @throws PAYMENT_MISMATCH when the order still waits for its money and this is not it; nothing is written then
   */
  async settle(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    options: SettleOptions,
  ): Promise<Settled> {
    const action = PAYMENT_OUTCOMES[paymentFact(order, intent)][order.status];
    if (action === 'mismatch') return this.mismatch(tx, order, intent, options);
    const isNews = await this.stores.payments.received(tx, order.id, {
      paymentIntentId: intent.paymentIntentId,
      generation: order.generation,
      amountCents: intent.amountCents,
      currency: intent.currency,
      receivedCents: intent.amountReceivedCents,
    });
    if (!isNews) return { order, paymentOutcome: await this.knownOutcome(tx, order, intent.paymentIntentId) };
    return this.act(tx, order, intent, action, options);
  }

  /**
   * What an operator says becomes of money that was put on hold: everything it pays back, or a try to take the seats
   * of an EXPIRED order again.
   * @returns `refunding` also for a recovery that cannot begin; the caller decides whether that is an answer
   */
  decideHeld(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    decision: 'recover' | 'refund',
    options: Pick<SettleOptions, 'holdUntil' | 'requestId' | 'traceparent'>,
  ): Promise<Settled> {
    if (decision === 'refund')
      return this.payBack(tx, order, intent, 'refunding', 'sent back by an operator');
    const paying: Order = { ...order, paymentIntentId: intent.paymentIntentId };
    return this.late(tx, paying, intent, { ...options, canRecover: true, isFence: false });
  }

  private act(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    action: Exclude<PaymentAction, 'mismatch'>,
    options: SettleOptions,
  ): Promise<Settled> {
    switch (action) {
      case 'confirm':
        return this.confirm(tx, order, intent, options);
      case 'late':
        return this.late(tx, order, intent, options);
      case 'refund':
        return this.payBack(tx, order, intent, 'refunding', `paid while the order was ${order.status}`);
      case 'refund-duplicate':
        return this.payBack(tx, order, intent, 'duplicate_refunding', 'paid twice');
      case 'known':
        return Promise.resolve({ order, paymentOutcome: outcomeOfStatus(order) });
      case 'hold':
        return this.hold(tx, order, intent);
    }
  }

  private async confirm(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    options: SettleOptions,
  ): Promise<Settled> {
    const cause = order.opCause;
    const isLeaving = order.op === 'cancelling';
    if (order.op !== null)
      await this.stores.effects.change(tx, order.id, {
        generation: order.generation,
        from: 'pending',
        to: 'refused',
        queue: 'operation',
      });
    const confirmed = await this.stores.move(tx, { ...order, payments: received(order, intent) }, 'confirm', {
      traceparent: options.traceparent,
    });
    if (!isLeaving) {
      await this.stores.effects.append(tx, order.id, [confirmTicketsEffect(confirmed)]);
      return { order: confirmed, paymentOutcome: 'confirmed' };
    }
    // The buyer asked to leave before the money came: they leave, with all of it.
    const known = await this.paybacks.known(tx, order.id);
    const payback = paybackOfUnits(
      confirmed,
      known,
      openUnits(refundableLines(confirmed, known)),
      EVERYTHING,
      {
        reason: 'cancelled while being paid',
        principal: SYSTEM_PRINCIPAL,
        isEventCalledOff: await this.paybacks.isEventCalledOff(tx, order),
      },
      tx.now,
    );
    if (cause !== null) await tx.because({ actor: cause.actor, reason: cause.reason });
    const cancelled = await this.stores.move(tx, confirmed, 'cancel', {
      also: { ...payback.also, cancelReason: cause?.reason ?? null },
      traceparent: options.traceparent,
    });
    await this.paybacks.write(tx, cancelled, payback);
    await this.stores.giveBackClaims(tx, order.id);
    return { order: cancelled, paymentOutcome: 'refunding' };
  }

  /** Money for an order that expired: its tickets are taken again while they can be, otherwise it goes back whole. */
  private async late(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    options: SettleOptions,
  ): Promise<Settled> {
    const canRecover = options.canRecover && order.op === null && (await this.isStillSold(tx, order));
    if (!canRecover || !(await this.takeClaimsAgain(tx, order))) {
      return this.payBack(tx, order, intent, 'refunding', 'paid after the order had expired');
    }
    const cause = {
      actor: { kind: 'system' as const, id: 'order-service' },
      reason: 'late payment',
      requestId: options.requestId,
      paymentIntentId: intent.paymentIntentId,
    };
    const begun: Order = {
      ...withOperation(order, {
        kind: 'recovering',
        now: tx.now,
        leaseUntil: new Date(tx.now.getTime() + OPERATION_LEASE_MS),
        dueAt: new Date(tx.now.getTime() + SECOND_MS),
        cause,
      }),
      generation: order.generation + 1,
      generationOpen: true,
      payments: received(order, intent),
    };
    await this.stores.orders.save(tx, order, begun);
    await this.stores.effects.append(tx, order.id, [
      reserveTicketsEffect(begun, 'operation', options.holdUntil),
    ]);
    await this.record(tx, order, intent, 'recovering');
    return { order: begun, paymentOutcome: 'recovering' };
  }

  /**
   * Takes the event's sale barrier, shared, and looks at its stop in a later statement, as create and reserve do.
   * Without waiting: the order is locked, and whoever calls the event off waits for orders while holding the barrier.
   */
  private async isStillSold(tx: Transaction, order: Order): Promise<boolean> {
    const { taken } = await tx.one<{ taken: boolean }>(
      `select pg_try_advisory_xact_lock_shared(hashtextextended($1, 0)) as taken`,
      [saleBarrierKey(order.tenantId, order.eventId)],
    );
    return taken && !(await this.paybacks.isEventCalledOff(tx, order));
  }

  /** @returns false when the limit or the promo code has gone to others; then nothing stays counted */
  private async takeClaimsAgain(tx: Transaction, order: Order): Promise<boolean> {
    if (!(await this.stores.limits.tryTake(tx, order))) return false;
    if (await this.stores.promoCodes.takeAgain(tx, order.id)) return true;
    await this.stores.limits.giveBack(tx, order.id);
    return false;
  }

  private async payBack(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    outcome: 'refunding' | 'duplicate_refunding',
    reason: string,
  ): Promise<Settled> {
    const payback = paybackOfPayment(
      order,
      {
        paymentIntentId: intent.paymentIntentId,
        amountCents: intent.amountReceivedCents,
        currency: intent.currency,
      },
      { reason, principal: SYSTEM_PRINCIPAL },
      tx.now,
    );
    const isShown = payback.also.pendingRefundCents !== order.pendingRefundCents;
    const next: Order = { ...order, ...payback.also, version: order.version + (isShown ? 1 : 0) };
    await this.stores.orders.save(tx, order, next);
    await this.paybacks.write(tx, order, payback);
    await this.record(tx, order, intent, outcome);
    return { order: next, paymentOutcome: outcome };
  }

  private async hold(tx: Transaction, order: Order, intent: PaymentIntent): Promise<Settled> {
    await this.raise(tx, order, intent, 'payment_under_review');
    await this.record(tx, order, intent, 'under_review');
    return { order, paymentOutcome: 'under_review' };
  }

  private async mismatch(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    options: SettleOptions,
  ): Promise<Settled> {
    if (!options.isFence)
      throw new AppError(
        'PAYMENT_MISMATCH',
        { reason: 'amount or currency differ' },
        {
          members: {
            expected: { amountCents: order.totalCents, currency: order.currency },
            actual: { amountCents: intent.amountReceivedCents, currency: intent.currency },
          },
        },
      );
    return this.endWithWrongMoney(tx, order, intent);
  }

  /** At the fence, wrong money ends the order all the same: it goes back whole, the seats too, and an operator sees it. */
  private async endWithWrongMoney(tx: Transaction, order: Order, intent: PaymentIntent): Promise<Settled> {
    await this.stores.payments.received(tx, order.id, {
      paymentIntentId: intent.paymentIntentId,
      generation: order.generation,
      amountCents: intent.amountCents,
      currency: intent.currency,
      receivedCents: intent.amountReceivedCents,
    });
    await this.raise(tx, order, intent, 'payment_wrong_amount');
    return this.payBack(
      tx,
      { ...order, payments: received(order, intent) },
      intent,
      'refunding',
      'paid a wrong amount',
    );
  }

  private async raise(tx: Transaction, order: Order, intent: PaymentIntent, kind: string): Promise<void> {
    await this.findings.raise(tx, {
      kind,
      subject: intent.paymentIntentId,
      orderId: order.id,
      details: {
        expectedCents: order.totalCents,
        currency: order.currency,
        receivedCents: intent.amountReceivedCents,
        receivedCurrency: intent.currency,
        orderStatus: order.status,
      },
    });
  }

  private async record(
    tx: Transaction,
    order: Order,
    intent: PaymentIntent,
    outcome: LatePaymentOutcome,
  ): Promise<void> {
    await this.latePayments.record(tx, {
      paymentIntentId: intent.paymentIntentId,
      orderId: order.id,
      outcome,
      orderStatus: order.status,
      receivedCents: intent.amountReceivedCents,
    });
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: `payment.${outcome}`,
      actor: { kind: 'system', id: 'order-service' },
      isPublic: true,
      data: {
        paymentIntentId: intent.paymentIntentId,
        amountCents: intent.amountReceivedCents,
        currency: intent.currency,
      },
    });
    tx.afterCommit(() => {
      this.metrics.latePayment(outcome);
    });
  }

  private async knownOutcome(
    tx: Transaction,
    order: Order,
    paymentIntentId: string,
  ): Promise<PaymentOutcome> {
    const late = await this.latePayments.outcomeOf(tx, paymentIntentId);
    if (late === 'recovered') return 'confirmed';
    return late ?? outcomeOfStatus(order);
  }
}

function outcomeOfStatus(order: Order): PaymentOutcome {
  return order.status === 'CANCELLED' || order.status === 'REFUNDED' ? 'refunding' : 'confirmed';
}

function received(order: Order, intent: PaymentIntent): Order['payments'] {
  const current = currentPayment(order);
  if (current?.paymentIntentId !== intent.paymentIntentId) return order.payments;
  return order.payments.map((payment) =>
    payment === current
      ? {
          ...payment,
          status: 'succeeded' as const,
          receivedCents: intent.amountReceivedCents,
          clientSecretSealed: null,
        }
      : payment,
  );
}
