import type { Order } from '../domain/order.js';
import type { OrderEventType, OrderStatus } from '../domain/state-machine.js';
import { orderBody, type OrderBody } from '../views/order-body.js';

/** The part of an order body that may leave the service: no address, no metadata, no free text, no secret. */
export type PublishedOrder = Omit<
  OrderBody,
  'billingAddress' | 'shippingAddress' | 'metadata' | 'cancelReason' | 'expiresInSeconds' | 'allowedActions'
>;

/** A CloudEvents 1.0 event (https://github.com/cloudevents/spec) about one order. */
export interface OrderCloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: OrderEventType;
  readonly source: '/order-service';
  readonly subject: string;
  readonly time: string;
  readonly tenantid: string;
  /** 1, 2, 3 … for each order, without gaps. */
  readonly sequence: number;
  readonly traceparent?: string;
  readonly datacontenttype: 'application/json';
  readonly data: PublishedOrder & { readonly previousStatus: OrderStatus | null } & Readonly<
      Record<string, unknown>
    >;
}

export interface OrderEventFacts {
  readonly id: string;
  readonly type: OrderEventType;
  readonly order: Order;
  readonly previousStatus: OrderStatus | null;
  readonly sequence: number;
  readonly now: Date;
  readonly traceparent?: string;
  /** Facts of this event alone, such as the amount of a partial refund. */
  readonly also?: Readonly<Record<string, unknown>>;
}

export function cloudEvent(facts: OrderEventFacts): OrderCloudEvent {
  const {
    billingAddress,
    shippingAddress,
    metadata,
    cancelReason,
    expiresInSeconds,
    allowedActions,
    ...published
  } = orderBody(facts.order, facts.now);
  return {
    specversion: '1.0',
    id: facts.id,
    type: facts.type,
    source: '/order-service',
    subject: facts.order.id,
    time: facts.now.toISOString(),
    tenantid: facts.order.tenantId,
    sequence: facts.sequence,
    ...(facts.traceparent === undefined ? {} : { traceparent: facts.traceparent }),
    datacontenttype: 'application/json',
    data: { ...published, previousStatus: facts.previousStatus, ...facts.also },
  };
}
