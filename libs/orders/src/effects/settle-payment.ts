import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import type { PaymentIntent } from '@app/payments';
import type { Transaction } from '@app/platform';
import { openUnits } from '@app/pricing';
import { paymentsWithMoney, type Order } from '../domain/order.js';
import {
  PAYMENT_OUTCOMES,
  paymentFact,
  type PaymentAction,
  type PaymentOutcome,
} from '../domain/payment-outcomes.js';
import { refundableLines } from '../domain/refund.js';
import { OrderStores } from '../persistence/order-stores.js';
import { BeginRecovery } from './begin-recovery.js';
import { confirmTicketsEffect } from './catalog.js';
import { EVERYTHING, Paybacks, SYSTEM_PRINCIPAL, paybackOfPayment, paybackOfUnits } from './paybacks.js';
import { PaymentRecords, outcomeOfStatus } from './payment-records.js';

/** What is known besides the intent when money is settled. */
export interface SettleOptions {
  /** Whether the event still sells and has not begun: only then an EXPIRED order may take its tickets again. */
  readonly canRecover: boolean;
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
    private readonly recovery: BeginRecovery,
    private readonly records: PaymentRecords,
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
    if (!isNews)
      return { order, paymentOutcome: await this.records.outcomeOf(tx, order, intent.paymentIntentId) };
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
    options: Pick<SettleOptions, 'requestId' | 'traceparent'>,
  ): Promise<Settled> {
    if (decision === 'refund')
      return this.payBack(tx, order, intent, 'refunding', 'sent back by an operator');
    const paying: Order = { ...order, paymentIntentId: intent.paymentIntentId };
    return this.late(tx, paying, intent, { ...options, canRecover: true });
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
    const confirmed = await this.stores.move(
      tx,
      { ...order, payments: paymentsWithMoney(order, intent) },
      'confirm',
      {
        traceparent: options.traceparent,
      },
    );
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
        isEventCalledOff: await this.stores.saleStops.isStopped(tx, order),
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
    options: Pick<SettleOptions, 'canRecover' | 'requestId'>,
  ): Promise<Settled> {
    const begun = options.canRecover ? await this.recovery.begin(tx, order, intent, options.requestId) : null;
    if (begun === null)
      return this.payBack(tx, order, intent, 'refunding', 'paid after the order had expired');
    await this.records.record(tx, order, intent, 'recovering');
    return { order: begun, paymentOutcome: 'recovering' };
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
    await this.records.record(tx, order, intent, outcome);
    return { order: next, paymentOutcome: outcome };
  }

  private async hold(tx: Transaction, order: Order, intent: PaymentIntent): Promise<Settled> {
    await this.records.raise(tx, order, intent, 'payment_under_review');
    await this.records.record(tx, order, intent, 'under_review');
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
    await this.records.raise(tx, order, intent, 'payment_wrong_amount');
    return this.payBack(
      tx,
      { ...order, payments: paymentsWithMoney(order, intent) },
      intent,
      'refunding',
      'paid a wrong amount',
    );
  }
}
