import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, MINUTE_MS, type Clock } from '@app/kernel';
import {
  CONFIG,
  Database,
  violatedConstraint,
  type Answer,
  type Caller,
  type Config,
  type IdempotencyRequest,
  type Transaction,
  type UserPrincipal,
} from '@app/platform';
import { PromoCodesStore } from '@app/pricing';
import { newOrder } from '../domain/new-order.js';
import type { Order } from '../domain/order.js';
import { CreateOrderStore, type OrderBirth } from '../persistence/create-order.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { orderAnswer, orderLocation } from '../views/answers.js';
import { Offers, type Offer } from './offers.js';
import { addressOf, type OrderRequest } from './order-request.js';
import { Refusals } from './refusals.js';

/** POST /orders: prices the request, then writes order, items, history, event and answer in one statement. */
@Injectable()
export class CreateOrder {
  constructor(
    private readonly offers: Offers,
    private readonly database: Database,
    private readonly orders: CreateOrderStore,
    private readonly promoCodes: PromoCodesStore,
    private readonly refusals: Refusals,
    private readonly metrics: OrderMetrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(
    caller: Caller<UserPrincipal>,
    request: OrderRequest,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const startedMs = this.clock.monotonicMs();
    try {
      const offer = await this.offers.make(caller, request);
      return await this.write(caller, request, offer, idempotency, startedMs);
    } catch (error) {
      // A key whose row was pruned still cannot make a second order.
      const isSecondOrder = violatedConstraint(error) === 'orders_creation_key';
      return this.refusals.settle(
        idempotency,
        caller.requestId,
        isSecondOrder ? new AppError('IDEMPOTENCY_KEY_REUSED', {}, { cause: error }) : error,
      );
    }
  }

  private write(
    caller: Caller<UserPrincipal>,
    request: OrderRequest,
    offer: Offer,
    idempotency: IdempotencyRequest,
    startedMs: number,
  ): Promise<Answer> {
    const { tenantId, userId } = caller.principal;
    const scope = {
      tenantId,
      actor: { kind: 'user', id: userId },
      requestId: caller.requestId,
      saleOfEventId: offer.event.id,
      orderNumberCount: 1,
      step: 'create.tx1',
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const order = this.orderFrom(tx, caller, request, offer, idempotency);
      if (offer.promoCodeId !== null) {
        await this.promoCodes.redeem(tx, { promoCodeId: offer.promoCodeId, orderId: order.id, userId });
      }
      const birth = birthOf(order, idempotency, tx.now, caller.traceparent);
      const { isCreated, isSaleStopped } = await this.orders.create(tx, birth);
      if (isSaleStopped) throw new AppError('EVENT_NOT_ON_SALE', { reason: 'its sale was stopped' });
      // The key was used before: the answer it got is looked up after this transaction and all it counted rolled back.
      if (!isCreated) throw new AppError('IDEMPOTENCY_KEY_IN_USE');
      tx.afterCommit(() => {
        this.metrics.created(order, this.clock.monotonicMs() - startedMs);
      });
      return birth.answer;
    });
  }

  private orderFrom(
    tx: Transaction,
    caller: Caller<UserPrincipal>,
    request: OrderRequest,
    offer: Offer,
    idempotency: IdempotencyRequest,
  ): Order {
    const [orderNumber] = tx.orderNumbers;
    if (orderNumber === undefined) throw new Error('The first statement drew no order number.');
    const { promoCodeId } = offer;
    return newOrder({
      tenantId: caller.principal.tenantId,
      userId: caller.principal.userId,
      orderNumber,
      creationKey: idempotency.key,
      now: tx.now,
      pendingTtlMs: offer.policies.pendingTtlMs ?? this.config.PENDING_TTL_MINUTES * MINUTE_MS,
      event: offer.event,
      names: new Map([...offer.prices].map(([ticketTypeId, price]) => [ticketTypeId, price.name])),
      price: offer.price,
      pricingPolicyIds: offer.pricingPolicyIds,
      refundPolicy: offer.refundPolicy,
      discounts:
        promoCodeId === null ? [] : offer.price.discounts.map((discount) => ({ ...discount, promoCodeId })),
      billingAddress: addressOf(request.billingAddress),
      shippingAddress: addressOf(request.shippingAddress),
      metadata: request.metadata ?? {},
    });
  }
}

function birthOf(
  order: Order,
  idempotency: IdempotencyRequest,
  now: Date,
  traceparent: string | undefined,
): OrderBirth {
  return {
    order,
    idempotency,
    answer: orderAnswer(order, now, { status: 201, location: orderLocation(order.id) }),
    event: {
      type: 'order.created',
      order,
      previousStatus: null,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}
