import { Injectable } from '@nestjs/common';
import type { PaymentIntent } from '@app/payments';
import type { Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { OrderStores } from '../persistence/order-stores.js';
import { backoffMs, refundPollMs } from './backoff.js';
import type { Effect } from './catalog.js';
import type { EffectResult } from './run-effect.js';
import { SettlePayment } from './settle-payment.js';
import { SettleRefund } from './settle-refund.js';
import { SettleTickets } from './settle-tickets.js';

/** payment-service's balance is refilled by people, so once a minute is often enough. */
const BALANCE_RETRY_MS = 60_000;

/** What happens to an order when one of its stand-alone effects is known, in one transaction under the effect's fence. */
@Injectable()
export class SettleEffect {
  constructor(
    private readonly stores: OrderStores,
    private readonly tickets: SettleTickets,
    private readonly refunds: SettleRefund,
    private readonly findings: FindingsStore,
    private readonly metrics: OrderMetrics,
    private readonly payments: SettlePayment,
  ) {}

  /**
   * @param order locked in this transaction
   * @throws FencedOff when a later holder has the effect
   */
  async settle(tx: Transaction, order: Order, effect: Effect, result: EffectResult): Promise<void> {
    const { effects } = this.stores;
    switch (result.kind) {
      case 'again':
        if (result.finding !== undefined) await this.contractBroken(tx, effect, result.finding);
        return effects.postpone(tx, effect, backoffMs(effect.attempts, Math.random()), {
          ...effect.outcome,
          reason: result.reason,
        });
      case 'balance-short':
        return effects.postpone(tx, effect, BALANCE_RETRY_MS, { reason: 'INSUFFICIENT_BALANCE' });
      case 'refund-pending':
        return effects.postpone(tx, effect, refundPollMs(effect.attempts), { status: 'pending' });
      case 'broken':
        return this.park(tx, order, effect, result.code);
      default:
        await effects.finish(
          tx,
          effect,
          result.kind === 'gone' || result.kind === 'ticket-used' || result.kind === 'refund-failed'
            ? 'refused'
            : 'done',
          result,
        );
        return this.apply(tx, order, effect, result);
    }
  }

  private async apply(
    tx: Transaction,
    order: Order,
    effect: Effect,
    result: Exclude<EffectResult, { kind: 'again' | 'balance-short' | 'refund-pending' | 'broken' }>,
  ): Promise<void> {
    switch (result.kind) {
      case 'held':
      case 'intent-dead':
        return;
      case 'intent-paid':
        return this.intentPaid(tx, order, effect, result.intent);
      case 'issued':
        return this.tickets.issued(tx, order, effect, result.tickets);
      case 'gone':
        return effect.kind === 'tickets.confirm'
          ? this.tickets.holdGone(tx, order)
          : this.tickets.seatsGone(tx, order);
      case 'released':
        return effect.kind === 'tickets.release' ? this.tickets.released(tx, order, effect) : undefined;
      case 'ticket-used':
        return effect.kind === 'tickets.release' ? this.tickets.ticketUsed(tx, order, effect) : undefined;
      case 'refunded':
        return effect.kind === 'payments.refund'
          ? this.refunds.succeeded(tx, order, effect.request.refundId)
          : undefined;
      case 'refund-failed':
        return effect.kind === 'payments.refund'
          ? this.refunds.failed(tx, order, effect.request.refundId, result.failureCode)
          : undefined;
    }
  }

  /** The intent that was to be cancelled had been paid: its money is settled here and now, not left for a notice. */
  private async intentPaid(
    tx: Transaction,
    order: Order,
    effect: Effect,
    intent: PaymentIntent,
  ): Promise<void> {
    await this.payments.settle(tx, order, intent, {
      canRecover: false,
      isFence: false,
      requestId: tx.requestId ?? effect.id,
    });
    await this.findings.raise(tx, {
      kind: 'undone_intent_paid',
      subject: intent.paymentIntentId,
      orderId: order.id,
      details: { generation: effect.generation },
    });
  }

  private async park(tx: Transaction, order: Order, effect: Effect, code: string): Promise<void> {
    await this.stores.effects.finish(tx, effect, 'parked', { code });
    await this.findings.raise(tx, {
      kind: 'effect_parked',
      subject: effect.key,
      orderId: order.id,
      details: { kind: effect.kind, code },
    });
    tx.afterCommit(() => {
      this.metrics.effectParked(effect.kind);
    });
  }

  private async contractBroken(tx: Transaction, effect: Effect, finding: string): Promise<void> {
    await this.findings.raise(tx, {
      kind: 'sibling_contract_broken',
      subject: effect.key,
      orderId: effect.orderId,
      details: { kind: effect.kind, finding },
    });
  }
}
