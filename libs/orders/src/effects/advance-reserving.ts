import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import { PaymentServiceClient, type OpenedIntent } from '@app/payments';
import { Database, FencedOff, REPLAY_MS, SecretBox, type Answer, type Transaction } from '@app/platform';
import type { Order, OrderPayment } from '../domain/order.js';
import { withoutOperation } from '../domain/order.js';
import { OPERATION_LEASE_MS } from '../persistence/operations.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { Refusals } from '../use-cases/refusals.js';
import { reserveAnswer } from '../views/answers.js';
import { callContext, operationScope, type AdvanceContext } from './advance-context.js';
import { confirmTicketsEffect, planned, type PlannedCall } from './catalog.js';
import { TicketHolds } from './ticket-holds.js';

/** Context under which client secrets are sealed, so that one cannot be moved to another order. */
export function clientSecretContext(orderId: string): string {
  return `client-secret:${orderId}`;
}

/**
 * The second half of reserve: seats, then the intent, then everything about it in one commit. Each call carries the
 * key and bytes that the first transaction wrote down, so a retry of whoever comes next repeats it safely.
 */
@Injectable()
export class AdvanceReserving {
  constructor(
    private readonly holds: TicketHolds,
    private readonly paymentService: PaymentServiceClient,
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly refusals: Refusals,
    private readonly secrets: SecretBox,
  ) {}

  /**
   * @throws TICKETS_UNAVAILABLE, AMOUNT_OUT_OF_RANGE, CURRENCY_MISMATCH after closing the generation
   * @throws UPSTREAM_UNAVAILABLE, LOCK_TIMEOUT whoever called hands the lease back, so that the same request can take over
   * @throws FencedOff when somebody else took over
   */
  async advance(
    order: Order,
    calls: readonly PlannedCall[],
    ttlMs: number,
    context: AdvanceContext,
  ): Promise<Answer> {
    await this.holdSeats(order, calls, context);
    const intent = await this.openIntent(order, calls, context);
    return this.database.transaction({ ...operationScope(order, context), step: 'reserve.tx2' }, (tx) =>
      this.reserve(tx, order, intent, ttlMs, context),
    );
  }

  private async holdSeats(
    order: Order,
    calls: readonly PlannedCall[],
    context: AdvanceContext,
  ): Promise<void> {
    const call = planned(calls, 'tickets.reserve');
    if (call === null) throw new Error(`Order ${order.id} is reserving without a planned hold.`);
    const outcome = await this.holds.hold(call.request, call.key, callContext(order, context));
    switch (outcome.kind) {
      case 'held':
        return;
      case 'insufficient':
        throw await this.refuse(
          order,
          context,
          new AppError('TICKETS_UNAVAILABLE', {}, { members: { unavailable: outcome.unavailable } }),
          'nothing-held',
        );
      case 'released':
        throw new FencedOff(`generation ${order.generation} of order ${order.id} was released`);
      case 'key-reused':
        throw unavailable('ticket-service');
      case 'not-sent':
        throw outcome.reason === 'lock-timeout'
          ? new AppError('LOCK_TIMEOUT')
          : unavailable('ticket-service');
      case 'unknown':
        throw unavailable('ticket-service');
    }
  }

  private async openIntent(
    order: Order,
    calls: readonly PlannedCall[],
    context: AdvanceContext,
  ): Promise<OpenedIntent | null> {
    const call = planned(calls, 'payments.open');
    if (call === null) return null;
    const outcome = await this.paymentService.openIntent(call.request, call.key, callContext(order, context));
    if (outcome.kind === 'done') return outcome.body;
    if (outcome.kind !== 'refused' || outcome.code === 'KEY_REUSED') throw unavailable('payment-service');
    const error =
      outcome.code === 'CURRENCY_NOT_SUPPORTED'
        ? new AppError('AMOUNT_OUT_OF_RANGE', { reason: `payment-service does not take ${order.currency}` })
        : new AppError('AMOUNT_OUT_OF_RANGE', {
            reason: 'payment-service does not take an amount of this size',
          });
    throw await this.refuse(order, context, error, 'seats-held');
  }

  /** Transaction 2: seats and intent are there; undo disarmed, status, history, event and answer in one commit. */
  private async reserve(
    tx: Transaction,
    holder: Order,
    intent: OpenedIntent | null,
    ttlMs: number,
    context: AdvanceContext,
  ): Promise<Answer> {
    const order = await this.stores.operations.held(tx, holder);
    const disarmed = await this.stores.effects.change(tx, order.id, {
      generation: order.generation,
      from: 'armed',
      to: 'disarmed',
    });
    if (disarmed === 0) throw new FencedOff(`the undo of order ${order.id} is no longer armed`);
    await this.stores.effects.change(tx, order.id, {
      generation: order.generation,
      from: 'pending',
      to: 'done',
      queue: 'operation',
    });
    const expiresAt = new Date(tx.now.getTime() + ttlMs);
    const payment = intent === null ? null : this.paymentOf(order, intent);
    if (payment !== null) await this.stores.payments.opened(tx, order.id, payment);
    const { traceparent } = context;
    const reserved = await this.stores.move(tx, order, 'reserve', {
      traceparent,
      also: {
        expiresAt,
        reservationExpiresAt: expiresAt,
        paymentIntentId: payment?.paymentIntentId ?? null,
        payments: payment === null ? order.payments : [...order.payments, payment],
      },
    });
    const final = payment === null ? await this.confirmFree(tx, reserved, context) : reserved;
    const { answer, stored } = reserveAnswer(
      final,
      tx.now,
      intent === null ? null : { intentId: intent.paymentIntentId, clientSecret: intent.clientSecret },
    );
    if (context.claim !== undefined) {
      await this.stores.idempotency.answer(tx, context.claim, {
        answer: stored,
        replayMs: REPLAY_MS.success,
        orderId: order.id,
        secretSealed: payment?.clientSecretSealed ?? null,
      });
    }
    return answer;
  }

  /** An order that costs nothing is paid as soon as its seats are held. */
  private async confirmFree(tx: Transaction, reserved: Order, context: AdvanceContext): Promise<Order> {
    const confirmed = await this.stores.move(tx, reserved, 'confirm', { traceparent: context.traceparent });
    await this.stores.effects.append(tx, confirmed.id, [confirmTicketsEffect(confirmed)]);
    return confirmed;
  }

  private paymentOf(order: Order, intent: OpenedIntent): OrderPayment {
    return {
      paymentIntentId: intent.paymentIntentId,
      generation: order.generation,
      amountCents: order.totalCents,
      currency: order.currency,
      status: 'open',
      receivedCents: 0,
      refundReservedCents: 0,
      clientSecretSealed: this.secrets.seal(intent.clientSecret, clientSecretContext(order.id)),
    };
  }

  /**
   * A definite no: the generation is closed, the order is PENDING again, the limit given back, the refusal recorded.
   * Seats that are held already go back through the undo, at once.
   */
  private async refuse(
    holder: Order,
    context: AdvanceContext,
    error: AppError,
    seats: 'nothing-held' | 'seats-held',
  ): Promise<unknown> {
    const { effects, orders, operations, limits, audit } = this.stores;
    return this.database
      .transaction({ ...operationScope(holder, context), step: 'reserve.refuse' }, async (tx) => {
        const order = await operations.held(tx, holder);
        const { generation } = order;
        await effects.change(tx, order.id, {
          generation,
          from: 'pending',
          to: 'refused',
          queue: 'operation',
        });
        await this.decideUndo(tx, order, seats);
        await limits.giveBack(tx, order.id);
        await orders.save(tx, order, { ...withoutOperation(order), generationOpen: false });
        await audit.append(tx, {
          orderId: order.id,
          type: 'order.reserve_refused',
          actor: order.opCause?.actor ?? { kind: 'system', id: 'order-service' },
          isPublic: true,
          data: { code: error.code },
        });
        return context.claim === undefined
          ? tx.refuse(error)
          : this.refusals.within(tx, context.claim, error, order.id);
      })
      .catch((refusal: unknown) => refusal);
  }

  /**
   * What a refused generation takes back. Usually nothing: seats that were refused are not held, and an intent that
   * was refused is not open. But a call of an earlier holder, whose answer was lost, may still arrive at the sibling.
   */
  private async decideUndo(
    tx: Transaction,
    order: Order,
    seats: 'nothing-held' | 'seats-held',
  ): Promise<void> {
    const { generation } = order;
    if (wasTakenOver(order)) {
      await this.stores.effects.change(tx, order.id, { generation, from: 'armed', to: 'pending' });
      return;
    }
    const kinds = ['payments.cancel'];
    await this.stores.effects.change(tx, order.id, { generation, from: 'armed', to: 'superseded', kinds });
    const to = seats === 'seats-held' ? 'pending' : 'superseded';
    await this.stores.effects.change(tx, order.id, { generation, from: 'armed', to });
  }
}

/** The first holder's lease ends exactly one lease after the operation began; every later one ends later. */
function wasTakenOver(order: Order): boolean {
  if (order.opStartedAt === null || order.opLeaseUntil === null) return true;
  return order.opLeaseUntil.getTime() - order.opStartedAt.getTime() > OPERATION_LEASE_MS;
}

function unavailable(upstream: 'ticket-service' | 'payment-service'): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', { upstream }, { members: { upstream } });
}
