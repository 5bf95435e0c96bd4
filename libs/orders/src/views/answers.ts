import { entityTag, type Answer } from '@app/platform';
import type { Order } from '../domain/order.js';
import { orderBody, type PaymentBody } from './order-body.js';

/**
 * Stands in a stored body where the client secret was; the sealed secret is kept beside it. It is the last member of
 * the body, so no text of a client can be mistaken for it.
 */
const SECRET_PLACEHOLDER = '"clientSecret":"@sealed"}}';

/** An answer that shows the order, with its ETag. */
export function orderAnswer(
  order: Order,
  now: Date,
  options: {
    readonly status?: number;
    readonly also?: Readonly<Record<string, unknown>>;
    readonly location?: string;
  } = {},
): Answer {
  return {
    status: options.status ?? 200,
    body: JSON.stringify({ ...orderBody(order, now), ...options.also }),
    headers: {
      ETag: entityTag(order.version),
      ...(options.location === undefined ? {} : { Location: options.location }),
    },
    replayed: false,
  };
}

export function orderLocation(orderId: string): string {
  return `/api/v1/orders/${orderId}`;
}

/** A reserve's answer in two forms: what the client gets, and what may be stored. */
export function reserveAnswer(
  order: Order,
  now: Date,
  payment: PaymentBody | null,
): { readonly answer: Answer; readonly stored: Answer } {
  const answer = orderAnswer(order, now, { also: { payment } });
  if (payment?.clientSecret == null) return { answer, stored: answer };
  const stored = orderAnswer(order, now, {
    also: { payment: { intentId: payment.intentId, clientSecret: '@sealed' } },
  });
  return { answer, stored };
}

/** Puts the secret back into a stored reserve answer; null once it has been erased. */
export function withClientSecret(stored: Answer, secret: string | null): Answer {
  if (!stored.body.endsWith(SECRET_PLACEHOLDER)) return stored;
  const head = stored.body.slice(0, -SECRET_PLACEHOLDER.length);
  return { ...stored, body: `${head}"clientSecret":${JSON.stringify(secret)}}}` };
}
