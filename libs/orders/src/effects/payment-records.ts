import { Injectable } from '@nestjs/common';
import type { PaymentIntent } from '@app/payments';
import type { Transaction } from '@app/platform';
import type { Order } from '../domain/order.js';
import type { PaymentOutcome } from '../domain/payment-outcomes.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { LatePaymentsStore, type LatePaymentOutcome } from '../persistence/late-payments.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { OrderStores } from '../persistence/order-stores.js';

/** What is kept of money that the order did not expect: its outcome, its line in the history, its finding. */
@Injectable()
export class PaymentRecords {
  constructor(
    private readonly stores: OrderStores,
    private readonly latePayments: LatePaymentsStore,
    private readonly findings: FindingsStore,
    private readonly metrics: OrderMetrics,
  ) {}

  async record(
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

  async raise(tx: Transaction, order: Order, intent: PaymentIntent, kind: string): Promise<void> {
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

  /** What a payment that is told again came to, the first time. */
  async outcomeOf(tx: Transaction, order: Order, paymentIntentId: string): Promise<PaymentOutcome> {
    const late = await this.latePayments.outcomeOf(tx, paymentIntentId);
    if (late === 'recovered') return 'confirmed';
    return late ?? outcomeOfStatus(order);
  }
}

export function outcomeOfStatus(order: Order): PaymentOutcome {
  return order.status === 'CANCELLED' || order.status === 'REFUNDED' ? 'refunding' : 'confirmed';
}
