import { Inject, Injectable } from '@nestjs/common';
import { AppError, CLOCK, MINUTE_MS, type Clock } from '@app/kernel';
import {
  CONFIG,
  violatedConstraint,
  type Answer,
  type Caller,
  type Config,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { newOrder } from '../domain/new-order.js';
import type { Order } from '../domain/order.js';
import type { OrderBirth } from '../persistence/create-order.store.js';
import { OrderMetrics } from '../persistence/order-metrics.js';
import { orderAnswer, orderLocation } from '../views/answers.js';
import { Offers, type Offer } from './offers.js';
import { OrderBirths } from './order-births.js';
import { addressOf, type OrderRequest } from './order-request.js';
import { Refusals } from './refusals.js';

/** POST /orders: prices the request, then has order, items, history, event and answer written in one statement. */
@Injectable()
export class CreateOrder {
  constructor(
    private readonly offers: Offers,
    private readonly births: OrderBirths,
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
      const { order, answer } = await this.write(caller, request, offer, idempotency);
      this.metrics.created(order, this.clock.monotonicMs() - startedMs);
      return answer;
    } catch (error) {
      // A key whose row was pruned still cannot make a second order.
      const isSecondOrder = violatedConstraint(error) === 'orders_creation_key';
      return this.refusals.settle(
        caller,
        idempotency,
        isSecondOrder ? new AppError('IDEMPOTENCY_KEY_REUSED', {}, { cause: error }) : error,
      );
    }
  }

  private write(
    caller: Caller<UserPrincipal>,
    request: OrderRequest,
    offer: Offer,
    idempotency: IdempotencyRequest,
  ): Promise<OrderBirth> {
    const { tenantId, userId } = caller.principal;
    return this.births.write({
      tenantId,
      userId,
      requestId: caller.requestId,
      eventId: offer.event.id,
      idempotency,
      promoCodeId: offer.promoCodeId,
      conceive: (drawn) =>
        birthOf(this.orderFrom(drawn, caller, request, offer, idempotency), idempotency, drawn.now, caller),
    });
  }

  private orderFrom(
    drawn: { readonly orderNumber: string; readonly now: Date },
    caller: Caller<UserPrincipal>,
    request: OrderRequest,
    offer: Offer,
    idempotency: IdempotencyRequest,
  ): Order {
    const { promoCodeId } = offer;
    return newOrder({
      tenantId: caller.principal.tenantId,
      userId: caller.principal.userId,
      ...drawn,
      creationKey: idempotency.key,
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
  { requestId, traceparent }: Caller,
): OrderBirth {
  return {
    order,
    idempotency,
    requestId,
    answer: orderAnswer(order, now, { status: 201, location: orderLocation(order.id) }),
    event: {
      type: 'order.created',
      order,
      previousStatus: null,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}
