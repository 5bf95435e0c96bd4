import type { OpenIntentRequest, RefundRequest } from '@app/payments';
import type { ConfirmTicketsRequest, ReleaseRequest, ReserveRequest, TicketLine } from '@app/tickets';
import type { Order, OrderPayment } from '../domain/order.js';

/**
 * Everything an order does to another service, one row each. An effect is written down with its key and its bytes
 * before anything leaves, and repeated with the same key and bytes until its outcome is known.
 */
export interface EffectRow {
  readonly upstream: 'ticket-service' | 'payment-service';
  /** First part of the derived key; order, generation and, where it has one, refund follow. */
  readonly keyPrefix: string;
}

export const EFFECTS = {
  'tickets.reserve': { upstream: 'ticket-service', keyPrefix: 'reserve' },
  'tickets.confirm': { upstream: 'ticket-service', keyPrefix: 'confirm' },
  'tickets.release': { upstream: 'ticket-service', keyPrefix: 'release' },
  'payments.open': { upstream: 'payment-service', keyPrefix: 'intent' },
  'payments.cancel': { upstream: 'payment-service', keyPrefix: 'cancel' },
  'payments.refund': { upstream: 'payment-service', keyPrefix: 'refund' },
} as const satisfies Record<string, EffectRow>;

export type EffectKind = keyof typeof EFFECTS;
export const EFFECT_KINDS = Object.keys(EFFECTS) as readonly EffectKind[];

/**
 * pending: to be sent, or sent and not known yet · armed: an undo that waits for its hour · done, refused: known ·
 * disarmed: an undo that is not needed · superseded: never sent, a later verb made it pointless · parked: an operator must look
 */
export type EffectState = 'pending' | 'armed' | 'done' | 'disarmed' | 'superseded' | 'refused' | 'parked';

/**
 * `operation`: sent by `advance` under the order's own fence · `main`: stand-alone, one at a time in sequence ·
 * `payback`: money of a called-off event, which waits for no ticket ·
 * `undo:<generation>`: what takes an undone generation back, beside whatever the order does next
 */
export type EffectQueue = 'operation' | 'main' | 'payback' | `undo:${number}`;

export interface CancelIntentRequest {
  /** null while nobody knows the id: the intent is then opened again with its own key, which learns or creates it. */
  readonly paymentIntentId: string | null;
  readonly open: OpenIntentRequest;
}

export interface ReleaseTicketsRequest {
  readonly release: ReleaseRequest;
  /** The refund that waits for these tickets to be free. */
  readonly refundId: string | null;
}

interface EffectRequests {
  readonly 'tickets.reserve': ReserveRequest;
  readonly 'tickets.confirm': ConfirmTicketsRequest;
  readonly 'tickets.release': ReleaseTicketsRequest;
  readonly 'payments.open': OpenIntentRequest;
  readonly 'payments.cancel': CancelIntentRequest;
  readonly 'payments.refund': RefundRequest;
}

export type EffectRequest<K extends EffectKind> = EffectRequests[K];

/** An effect to be written, before it has an id and a place in its queue. */
export type NewEffect = {
  readonly [K in EffectKind]: {
    readonly kind: K;
    readonly key: string;
    readonly queue: EffectQueue;
    readonly generation: number;
    readonly request: EffectRequests[K];
    readonly state: 'pending' | 'armed';
    /** Milliseconds until it may be sent. */
    readonly dueInMs: number;
  };
}[EffectKind];

/** An effect as it is stored. */
export type Effect = {
  readonly [K in EffectKind]: {
    readonly id: string;
    readonly tenantId: string;
    readonly orderId: string;
    readonly kind: K;
    readonly queue: EffectQueue;
    readonly sequence: number;
    readonly generation: number;
    readonly key: string;
    readonly request: EffectRequests[K];
    readonly state: EffectState;
    readonly attempts: number;
    readonly firstSentAt: Date | null;
    /** Who holds it now; a later holder has a higher one. */
    readonly fence: number;
    readonly outcome: Readonly<Record<string, unknown>> | null;
    /** Where in a trace it was written down; null while nothing was traced. */
    readonly traceparent: string | null;
    readonly createdAt: Date;
  };
}[EffectKind];

export type EffectOf<K extends EffectKind> = Extract<Effect, { kind: K }>;

/** The calls of an operation as they were written down: key and bytes are what counts. */
export type PlannedCall =
  Pick<Effect, 'kind' | 'key' | 'request'> | Pick<NewEffect, 'kind' | 'key' | 'request'>;

export function planned<K extends EffectKind>(
  calls: readonly PlannedCall[],
  kind: K,
): Pick<EffectOf<K>, 'kind' | 'key' | 'request'> | null {
  return (
    (calls.find((call) => call.kind === kind) as Pick<EffectOf<K>, 'kind' | 'key' | 'request'> | undefined) ??
    null
  );
}

export function effectKey(kind: EffectKind, orderId: string, generation: number): string {
  return `${EFFECTS[kind].keyPrefix}:${orderId}:${generation}`;
}

export function refundKey(refundId: string): string {
  return `${EFFECTS['payments.refund'].keyPrefix}:${refundId}`;
}

export function openIntentRequest(order: Order): OpenIntentRequest {
  return {
    orderId: order.id,
    generation: order.generation,
    amountCents: order.totalCents,
    currency: order.currency,
    userId: order.userId,
  };
}

/** @param items the seats still wanted: all of the order's, or what is left when some are being paid back */
export function reserveTicketsEffect(
  order: Order,
  queue: EffectQueue,
  expiresAt: Date,
  items: readonly TicketLine[] = order.items,
): NewEffect {
  return {
    kind: 'tickets.reserve',
    key: effectKey('tickets.reserve', order.id, order.generation),
    queue,
    generation: order.generation,
    state: 'pending',
    dueInMs: 0,
    request: {
      orderId: order.id,
      generation: order.generation,
      eventId: order.eventId,
      items: items.map(({ ticketTypeId, quantity }) => ({ ticketTypeId, quantity })),
      expiresAt: expiresAt.toISOString(),
    },
  };
}

export function openIntentEffect(order: Order): NewEffect {
  return {
    kind: 'payments.open',
    key: effectKey('payments.open', order.id, order.generation),
    queue: 'operation',
    generation: order.generation,
    state: 'pending',
    dueInMs: 0,
    request: openIntentRequest(order),
  };
}

export function confirmTicketsEffect(order: Order): NewEffect {
  return {
    kind: 'tickets.confirm',
    key: effectKey('tickets.confirm', order.id, order.generation),
    queue: 'main',
    generation: order.generation,
    state: 'pending',
    dueInMs: 0,
    request: { orderId: order.id, generation: order.generation },
  };
}

/** Gives back everything the order holds at ticket-service, of this and earlier generations. */
export function releaseTicketsEffect(
  order: Order,
  options: {
    readonly queue: EffectQueue;
    readonly reason: string;
    readonly state?: 'pending' | 'armed';
    readonly refundId?: string;
    /** A later refund releases again under a key of its own. */
    readonly keySuffix?: string;
  },
): NewEffect {
  const key = effectKey('tickets.release', order.id, order.generation);
  return {
    kind: 'tickets.release',
    key: options.keySuffix === undefined ? key : `${key}:${options.keySuffix}`,
    queue: options.queue,
    generation: order.generation,
    state: options.state ?? 'pending',
    dueInMs: 0,
    request: {
      release: { orderId: order.id, generation: order.generation, reason: options.reason },
      refundId: options.refundId ?? null,
    },
  };
}

export function cancelIntentEffect(
  order: Order,
  options: {
    readonly queue: EffectQueue;
    readonly payment: OrderPayment | null;
    readonly state?: 'pending' | 'armed';
  },
): NewEffect {
  return {
    kind: 'payments.cancel',
    key: effectKey('payments.cancel', order.id, order.generation),
    queue: options.queue,
    generation: order.generation,
    state: options.state ?? 'pending',
    dueInMs: 0,
    request: { paymentIntentId: options.payment?.paymentIntentId ?? null, open: openIntentRequest(order) },
  };
}

export function refundEffect(
  order: Order,
  refund: RefundRequest,
  queue: 'main' | 'payback' = 'main',
): NewEffect {
  return {
    kind: 'payments.refund',
    key: refundKey(refund.refundId),
    queue,
    generation: order.generation,
    state: 'pending',
    dueInMs: 0,
    request: refund,
  };
}
