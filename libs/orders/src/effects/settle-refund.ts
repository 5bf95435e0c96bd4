import { Injectable } from '@nestjs/common';
import { sumCents } from '@app/kernel';
import type { Transaction } from '@app/platform';
import { openUnits } from '@app/pricing';
import type { Order } from '../domain/order.js';
import { countsIntoOrder, refundableLines, type OrderRefund } from '../domain/refund.js';
import type { OrderEventType } from '../domain/state-machine.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { LatePaymentsStore } from '../persistence/late-payments.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { OrderStores } from '../persistence/order-stores.js';
import { RefundsStore } from '../persistence/refunds.store.js';
import { releaseTicketsEffect } from './catalog.js';

/** What a settled refund means for its order; the order is locked in the caller's transaction. */
@Injectable()
export class SettleRefund {
  constructor(
    private readonly stores: OrderStores,
    private readonly refunds: RefundsStore,
    private readonly latePayments: LatePaymentsStore,
    private readonly findings: FindingsStore,
    private readonly metrics: OrderMetrics,
  ) {}

  async succeeded(tx: Transaction, order: Order, refundId: string): Promise<void> {
    const refund = await this.refunds.get(tx, order.id, refundId);
    if (refund.status !== 'PENDING') return;
    await this.refunds.settle(tx, refundId, 'SUCCEEDED', null);
    await this.refunds.countUnits(tx, refund);
    const units = refund.items.reduce((sum, item) => sum + item.units.length, 0);
    if (units > 0) await this.stores.limits.giveBack(tx, order.id, units);
    await this.entry(tx, refund, 'refund.succeeded');
    const known = await this.refunds.ofOrder(tx, order.id);
    await this.show(tx, order, refund, known);
  }

  /** The amount and its units are free again; an operator sees it, because a buyer still waits for money. */
  async failed(tx: Transaction, order: Order, refundId: string, failureCode: string): Promise<void> {
    const refund = await this.refunds.get(tx, order.id, refundId);
    if (refund.status !== 'PENDING') return;
    await this.refunds.settle(tx, refundId, 'FAILED', failureCode);
    await this.stores.payments.freeRefund(tx, refund.paymentIntentId, refund.amountCents);
    await this.entry(tx, { ...refund, failureCode }, 'refund.failed');
    await this.findings.raise(tx, {
      kind: 'refund_failed',
      subject: refundId,
      orderId: order.id,
      details: { failureCode, amountCents: refund.amountCents, currency: refund.currency },
    });
    const countedCents = countsIntoOrder(order, refund) ? refund.amountCents : 0;
    const next: Order = {
      ...order,
      pendingRefundCents: order.pendingRefundCents - countedCents,
      version: order.version + 1,
      eventSequence: order.eventSequence + 1,
    };
    await this.saveWithEvent(tx, order, next, 'order.refund_failed', { ...refund, failureCode });
  }

  private async show(
    tx: Transaction,
    order: Order,
    refund: OrderRefund,
    known: readonly OrderRefund[],
  ): Promise<void> {
    const countedCents = countsIntoOrder(order, refund) ? refund.amountCents : 0;
    const shown: Order = {
      ...order,
      refundedCents: order.refundedCents + countedCents,
      pendingRefundCents: order.pendingRefundCents - countedCents,
      items: order.items.map((item) => ({
        ...item,
        refundedQuantity:
          item.refundedQuantity +
          refund.items
            .filter((part) => part.itemId === item.id)
            .reduce((sum, part) => sum + part.units.length, 0),
      })),
    };
    if (
      (order.status === 'CONFIRMED' || order.status === 'COMPLETED') &&
      refund.kind !== 'payment' &&
      isNothingLeft(shown, known)
    ) {
      return this.refundWhole(tx, order, shown, refund);
    }
    const isPartial = refund.kind !== 'payment' && !isNothingLeft(shown, known);
    const type =
      refund.kind === 'payment'
        ? 'order.late_payment_refunded'
        : isPartial
          ? 'order.partially_refunded'
          : 'order.refunded';
    await this.saveWithEvent(
      tx,
      order,
      { ...shown, version: order.version + 1, eventSequence: order.eventSequence + 1 },
      type,
      refund,
    );
    if (refund.kind === 'payment') await this.latePaymentReturned(tx, order, refund);
    if (isPartial) {
      tx.afterCommit(() => {
        this.metrics.partiallyRefunded();
      });
    }
  }

  /** Nothing refundable is left: the order is REFUNDED and whatever tickets it still has are released. */
  private async refundWhole(tx: Transaction, order: Order, shown: Order, refund: OrderRefund): Promise<void> {
    await tx.because({ reason: refund.reason });
    const { status: _status, version: _version, ...figures } = shown;
    await this.stores.move(tx, order, 'refund', { also: figures, told: toldOf(refund) });
    if (order.tickets.some((ticket) => ticket.status === 'ISSUED')) {
      const release = releaseTicketsEffect(shown, { queue: 'main', reason: 'refunded' });
      // A key of its own: the refund's own release of some of the tickets went out before.
      await this.stores.effects.append(tx, order.id, [
        { ...release, key: `${release.key}:rest:${refund.id}` },
      ]);
    }
    await this.stores.limits.giveBack(tx, order.id);
  }

  private async latePaymentReturned(tx: Transaction, order: Order, refund: OrderRefund): Promise<void> {
    const outcome = await this.latePayments.outcomeOf(tx, refund.paymentIntentId);
    if (outcome === null) return;
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'payment.returned',
      actor: { kind: 'system', id: 'order-service' },
      isPublic: true,
      data: { paymentIntentId: refund.paymentIntentId, amountCents: refund.amountCents },
    });
  }

  private async saveWithEvent(
    tx: Transaction,
    order: Order,
    next: Order,
    type: OrderEventType,
    refund: OrderRefund,
  ): Promise<void> {
    await this.stores.orders.save(tx, order, next);
    await this.stores.outbox.append(tx, [
      { type, order: next, previousStatus: order.status, also: toldOf(refund) },
    ]);
  }

  private async entry(tx: Transaction, refund: OrderRefund, type: string): Promise<void> {
    await this.stores.audit.append(tx, {
      orderId: refund.orderId,
      type,
      actor: { kind: 'system', id: 'order-service' },
      isPublic: true,
      data: {
        refundId: refund.id,
        amountCents: refund.amountCents,
        ...(refund.failureCode === null ? {} : { failureCode: refund.failureCode }),
      },
    });
  }
}

/** REFUNDED: every unit has a refund that succeeded, or what succeeded equals what was captured. */
function isNothingLeft(order: Order, known: readonly OrderRefund[]): boolean {
  const lines = refundableLines(order, known);
  const hasOpenOrPending = openUnits(lines).length > 0 || lines.some((line) => line.pendingUnits.length > 0);
  const succeededCents = sumCents(
    known
      .filter((refund) => refund.status === 'SUCCEEDED' && countsIntoOrder(order, refund))
      .map((refund) => refund.amountCents),
  );
  return !hasOpenOrPending || (order.totalCents > 0 && succeededCents === order.totalCents);
}

function toldOf(refund: OrderRefund): Readonly<Record<string, unknown>> {
  return {
    refundId: refund.id,
    refundAmountCents: refund.amountCents,
    ...(refund.failureCode === null ? {} : { failureCode: refund.failureCode }),
  };
}
