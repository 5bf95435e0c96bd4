import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, isAppError, type Clock } from '@app/kernel';
import { PaymentServiceClient, type PaymentIntent } from '@app/payments';
import {
  Database,
  FencedOff,
  REPLAY_MS,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type Transaction,
} from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import type { Order } from '../domain/order.js';
import { whyNotOnSale } from '../domain/sale-rules.js';
import { callContext, requestContext } from '../effects/advance-context.js';
import { SettlePayment } from '../effects/settle-payment.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { orderAnswer } from '../views/answers.js';
import { actorOf, assertVersion } from './access.js';
import { Refusals } from './refusals.js';

/**
 * POST /internal/orders/:id/confirm and the message payment.succeeded: asks payment-service itself, then books the
 * money and what it means in one transaction.
 */
@Injectable()
export class ConfirmOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly paymentService: PaymentServiceClient,
    private readonly catalog: TicketCatalog,
    private readonly settlePayment: SettlePayment,
    private readonly refusals: Refusals,
    private readonly worker: OrderWorker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param alongside writes of the caller that belong to the booking, in its transaction */
  async execute(
    caller: Caller,
    orderId: string,
    paymentIntentId: string,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
    alongside: (tx: Transaction) => Promise<unknown> = nothing,
  ): Promise<Answer> {
    const known = await this.read(caller, orderId, idempotency);
    if ('body' in known) return known;
    try {
      const intent = await this.askPaymentService(caller, known, paymentIntentId);
      return await this.settle(caller, known, intent, ifMatch, idempotency, alongside);
    } catch (error) {
      // It expired in between: whether it can be recovered has to be asked as well, and EXPIRED is not left again.
      if (error instanceof FencedOff)
        return this.execute(caller, orderId, paymentIntentId, ifMatch, idempotency, alongside);
      return this.refusals.settle(caller, idempotency, error);
    }
  }

  private read(caller: Caller, orderId: string, idempotency: IdempotencyRequest): Promise<Order | Answer> {
    return this.database.transaction(
      {
        tenantId: caller.principal.tenantId,
        requestId: caller.requestId,
        pool: caller.pool ?? 'request',
      },
      async (tx) => {
        const order = await this.stores.orders.get(tx, orderId);
        const replay = await this.stores.idempotency.find(tx, idempotency);
        return replay === null ? order : replay.answer;
      },
    );
  }

  /** @throws PAYMENT_MISMATCH unless the intent exists, is this order's and has succeeded; UPSTREAM_UNAVAILABLE */
  private async askPaymentService(
    caller: Caller,
    order: Order,
    paymentIntentId: string,
  ): Promise<PaymentIntent> {
    const outcome = await this.paymentService.getIntent(
      paymentIntentId,
      callContext(order, requestContext(caller)),
    );
    if (outcome.kind === 'refused') throw mismatch('it knows no such payment');
    if (outcome.kind !== 'done')
      throw new AppError(
        'UPSTREAM_UNAVAILABLE',
        { upstream: 'payment-service' },
        { members: { upstream: 'payment-service' } },
      );
    if (outcome.body.orderId !== order.id) throw mismatch('the payment belongs to another order');
    if (outcome.body.status !== 'succeeded') throw mismatch('the payment has not succeeded');
    return outcome.body;
  }

  private async settle(
    caller: Caller,
    known: Order,
    intent: PaymentIntent,
    ifMatch: number | null,
    idempotency: IdempotencyRequest,
    alongside: (tx: Transaction) => Promise<unknown>,
  ): Promise<Answer> {
    const canRecover = known.status === 'EXPIRED' && (await this.stillSells(caller, known));
    const scope = {
      tenantId: known.tenantId,
      actor: actorOf(caller.principal),
      requestId: caller.requestId,
      pool: caller.pool ?? 'request',
      step: 'confirm.tx1',
    } as const;
    const { answer, order } = await this.database.transaction(scope, async (tx) => {
      const result = await this.stores.idempotency.claim(tx, idempotency);
      if (result.kind === 'replay') return { answer: result.answer, order: null };
      const locked = await this.stores.orders.get(tx, known.id, { lock: true });
      if (locked.status === 'EXPIRED' && known.status !== 'EXPIRED') {
        throw new FencedOff(`order ${known.id} expired while payment-service was asked`);
      }
      assertVersion(locked, ifMatch);
      const settled = await this.settlePayment.settle(tx, locked, intent, {
        canRecover,
        isFence: false,
        requestId: caller.requestId,
        traceparent: caller.traceparent,
      });
      const given = orderAnswer(settled.order, tx.now, { also: { paymentOutcome: settled.paymentOutcome } });
      await alongside(tx);
      await this.stores.idempotency.answer(tx, result.claim, {
        answer: given,
        replayMs: REPLAY_MS.success,
        orderId: known.id,
      });
      return { answer: given, order: settled.order };
    });
    if (order !== null) this.carryOn(order);
    return answer;
  }

  /** The request is answered; tickets, refund or recovery follow at once, or by the worker if this process dies. */
  private carryOn(order: Order): void {
    if (order.op === 'recovering') this.worker.advanceSoon(order);
    else this.worker.soon(order);
  }

  /** A recovery needs an event that still sells; when event-service cannot say, the caller asks again. */
  private async stillSells(caller: Caller, order: Order): Promise<boolean> {
    try {
      const event = await this.catalog.event(order.eventId, callContext(order, requestContext(caller)));
      return whyNotOnSale(event, this.clock.now()) === null;
    } catch (error) {
      // An event that is gone sells nothing; its late money goes back.
      if (isAppError(error, 'EVENT_NOT_FOUND')) return false;
      throw error;
    }
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

function mismatch(reason: string): AppError {
  return new AppError('PAYMENT_MISMATCH', { reason });
}
