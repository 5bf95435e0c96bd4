import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import { Database, type Transaction } from '@app/platform';
import { withoutOperation, type Order } from '../domain/order.js';
import { LatePaymentsStore } from '../persistence/late-payments.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { OrderStores } from '../persistence/order-stores.js';
import { callContext, operationScope, type AdvanceContext } from './advance-context.js';
import { backoffMs } from './backoff.js';
import { confirmTicketsEffect, planned, releaseTicketsEffect, type PlannedCall } from './catalog.js';
import { Paybacks, SYSTEM_PRINCIPAL, paybackOfPayment } from './paybacks.js';
import { TicketHolds } from './ticket-holds.js';

/** Brings an EXPIRED order back to life whose payment came late: seats again, or the money back. */
@Injectable()
export class AdvanceRecovering {
  constructor(
    private readonly holds: TicketHolds,
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly paybacks: Paybacks,
    private readonly latePayments: LatePaymentsStore,
    private readonly metrics: OrderMetrics,
  ) {}

  /** @throws FencedOff when somebody else took the operation over */
  async advance(order: Order, calls: readonly PlannedCall[], context: AdvanceContext): Promise<void> {
    const call = planned(calls, 'tickets.reserve');
    if (call === null) throw new Error(`Order ${order.id} is recovering without a planned hold.`);
    const outcome = await this.holds.hold(call.request, call.key, callContext(order, context));
    await this.database.transaction(
      { ...operationScope(order, context), saleOfEventId: order.eventId, step: 'recover.tx2' },
      async (tx) => {
        const held = await this.stores.operations.held(tx, order);
        const isTooLate = held.eventStartsAt <= tx.now || (await this.stores.saleStops.isStopped(tx, held));
        if (outcome.kind === 'held' && !isTooLate) return this.recover(tx, held, context);
        if (isTooLate || outcome.kind === 'insufficient' || outcome.kind === 'released')
          return this.payBack(tx, held);
        const waitedMs = tx.now.getTime() - (held.opStartedAt ?? tx.now).getTime();
        return this.stores.operations.handBack(
          tx,
          held,
          backoffMs(Math.max(1, Math.ceil(Math.log2(1 + waitedMs / 200))), Math.random()),
        );
      },
    );
  }

  private async recover(tx: Transaction, order: Order, context: AdvanceContext): Promise<void> {
    await this.stores.effects.change(tx, order.id, {
      generation: order.generation,
      from: 'pending',
      to: 'done',
      queue: 'operation',
    });
    await tx.because({ reason: 'late payment' });
    const recovered = await this.stores.move(tx, order, 'recover', { traceparent: context.traceparent });
    await this.stores.effects.append(tx, order.id, [confirmTicketsEffect(recovered)]);
    await this.recordOutcome(tx, order, 'recovered');
  }

  /** The seats are gone: the claims go back and the buyer gets every cent. */
  private async payBack(tx: Transaction, order: Order): Promise<void> {
    const paymentIntentId = order.opCause?.paymentIntentId;
    const payment = order.payments.find((candidate) => candidate.paymentIntentId === paymentIntentId);
    if (payment === undefined)
      throw new AppError('MONEY_INVALID', { reason: `order ${order.id} recovers without a payment` });
    await this.stores.effects.change(tx, order.id, {
      generation: order.generation,
      from: 'pending',
      to: 'refused',
      queue: 'operation',
    });
    await this.stores.giveBackClaims(tx, order.id);
    const payback = paybackOfPayment(
      order,
      {
        paymentIntentId: payment.paymentIntentId,
        amountCents: payment.receivedCents,
        currency: payment.currency,
      },
      { reason: 'paid after the order had expired, and its tickets are gone', principal: SYSTEM_PRINCIPAL },
      tx.now,
    );
    await this.stores.orders.save(tx, order, {
      ...withoutOperation(order),
      ...payback.also,
      generationOpen: false,
      version: order.version + 1,
    });
    await this.paybacks.write(tx, order, payback);
    // Also when nothing seems to be held: a call whose answer was lost may still arrive there.
    const release = releaseTicketsEffect(order, {
      queue: `undo:${order.generation}`,
      reason: 'late payment returned',
    });
    await this.stores.effects.append(tx, order.id, [release]);
    await this.recordOutcome(tx, order, 'refunding');
  }

  private async recordOutcome(
    tx: Transaction,
    order: Order,
    outcome: 'recovered' | 'refunding',
  ): Promise<void> {
    const payment = order.payments.find(
      (candidate) => candidate.paymentIntentId === order.opCause?.paymentIntentId,
    );
    if (payment === undefined) return;
    await this.latePayments.record(tx, {
      paymentIntentId: payment.paymentIntentId,
      orderId: order.id,
      outcome,
      orderStatus: order.status,
      receivedCents: payment.receivedCents,
    });
    tx.afterCommit(() => {
      this.metrics.latePayment(outcome);
    });
  }
}
