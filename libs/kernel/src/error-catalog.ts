/**
 * Every error a client can meet, one row each: status, what it means, whether sending the request again
 * can help and after how many seconds, and for how long a refusal may be replayed under its idempotency key.
 *
 * `replay: 'stored'` is only for verdicts that depend on nothing but the request and this order's own past;
 * what time or others can change is decided afresh (`never`).
 */
export type ErrorKind = 'caller' | 'conflict' | 'upstream' | 'bug';

export interface ErrorRow {
  readonly status: number;
  readonly kind: ErrorKind;
  readonly title: string;
  /** The sentence a stranger reads; `{name}` is replaced by the parameter of that name. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly replay: 'stored' | 'never';
}

export const ERROR_CATALOG = {
  VALIDATION_FAILED: {
    status: 400,
    kind: 'caller',
    title: 'The request is not valid',
    detail: 'The request is not valid: {reason}',
    replay: 'never',
  },
  MALFORMED_JSON: {
    status: 400,
    kind: 'caller',
    title: 'The body is not valid JSON',
    detail: 'The body cannot be read as JSON: {reason}. Send one JSON object in UTF-8.',
    replay: 'never',
  },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    kind: 'caller',
    title: 'The Idempotency-Key header is missing',
    detail:
      'This request changes something, so it needs an Idempotency-Key header: a new UUID for each new intention, the same one when you repeat it.',
    replay: 'never',
  },
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    kind: 'caller',
    title: 'The Idempotency-Key header is not a UUID',
    detail: 'The Idempotency-Key header must be one UUID, bare or in double quotes.',
    replay: 'never',
  },
  CURSOR_INVALID: {
    status: 400,
    kind: 'caller',
    title: 'The cursor is not valid here',
    detail: 'This cursor was not issued for this list and these filters. Start again without a cursor.',
    replay: 'never',
  },
  TENANT_REQUIRED: {
    status: 400,
    kind: 'caller',
    title: 'The tenant is missing',
    detail: 'The service token names no tenant. Send the tenant id (a UUID) in the X-Tenant-Id header.',
    replay: 'never',
  },
  UNAUTHENTICATED: {
    status: 401,
    kind: 'caller',
    title: 'Authentication is required',
    detail: 'Send a valid, unexpired bearer token in the Authorization header.',
    replay: 'never',
  },
  FORBIDDEN: { status: 403, kind: 'caller', title: 'Not permitted', detail: '{reason}', replay: 'never' },
  ORDER_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such order',
    detail: 'There is no order with this id that you may see.',
    replay: 'never',
  },
  EVENT_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such event',
    detail: 'There is no event with this id.',
    replay: 'never',
  },
  TICKET_TYPE_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such ticket type',
    detail: 'At least one ticket type does not exist or does not belong to this event.',
    replay: 'never',
  },
  REFUND_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such refund',
    detail: 'This order has no refund with this id.',
    replay: 'never',
  },
  OPERATION_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such operation',
    detail: 'There is no operation with this id.',
    replay: 'never',
  },
  FINDING_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such finding',
    detail: 'There is no finding with this id.',
    replay: 'never',
  },
  EFFECT_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such effect',
    detail: 'There is no effect with this id.',
    replay: 'never',
  },
  PROMO_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such promo code',
    detail: 'There is no promo code with this id.',
    replay: 'never',
  },
  POLICY_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such policy',
    detail: 'There is no policy with this id.',
    replay: 'never',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    kind: 'caller',
    title: 'No such route',
    detail: 'There is nothing at this address. GET /openapi.json lists every route.',
    replay: 'never',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    kind: 'caller',
    title: 'Method not allowed',
    detail: 'This address does not answer {method}. It answers: {allowed}.',
    replay: 'never',
  },
  CURSOR_EXPIRED: {
    status: 410,
    kind: 'caller',
    title: 'The cursor is too old',
    detail:
      'Events this old are no longer kept. Read the current state of your orders and continue from the newest position.',
    replay: 'never',
  },
  ORDER_STATE_CONFLICT: {
    status: 409,
    kind: 'conflict',
    title: "The order's state does not allow this",
    detail: 'An order that is {currentStatus} cannot {action}. {hint}',
    replay: 'stored',
  },
  TICKETS_UNAVAILABLE: {
    status: 409,
    kind: 'conflict',
    title: 'Not enough tickets are left',
    detail:
      'Fewer tickets are left than the order asks for; see unavailable. Ask for fewer, or try again later: tickets come back when reservations lapse.',
    replay: 'never',
  },
  PRICE_CHANGED: {
    status: 409,
    kind: 'conflict',
    title: 'The price is not the one you were shown',
    detail:
      'The price differs from the one you were shown; see expected and actual. Show the buyer the new price and send the request again with it.',
    replay: 'stored',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    kind: 'conflict',
    title: 'A request with this key is still running',
    detail:
      'The first request with this Idempotency-Key has not finished. Send the same request again in a moment.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  ORDER_BUSY: {
    status: 409,
    kind: 'conflict',
    title: 'Another operation runs on this order',
    detail: 'Another operation is running on this order. Send the same request again in a moment.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  REFUND_EXCEEDS_REFUNDABLE: {
    status: 409,
    kind: 'conflict',
    title: 'More than is refundable',
    detail: 'The refund asks for more than is still refundable; see refundableCents. Ask for at most that.',
    replay: 'stored',
  },
  PURCHASE_LIMIT_EXCEEDED: {
    status: 409,
    kind: 'conflict',
    title: 'The purchase limit is exceeded',
    detail:
      'A buyer may have at most {limit} tickets for this event, counting your other reservations and orders.',
    replay: 'stored',
  },
  PAYMENT_MISMATCH: {
    status: 409,
    kind: 'conflict',
    title: 'The payment does not fit the order',
    detail: 'payment-service does not confirm this payment for this order: {reason}. Nothing was changed.',
    replay: 'never',
  },
  PROMO_EXHAUSTED: {
    status: 409,
    kind: 'conflict',
    title: 'The promo code is used up',
    detail: 'This promo code has been used as often as it may be. Order without it.',
    replay: 'never',
  },
  ORDER_DISPUTED: {
    status: 409,
    kind: 'conflict',
    title: 'The payment is disputed',
    detail:
      "The buyer's bank disputes the payment of this order; nothing can be paid back until the dispute is closed.",
    replay: 'never',
  },
  FINDING_STATE_CONFLICT: {
    status: 409,
    kind: 'conflict',
    title: "The finding's state does not allow this",
    detail: '{reason}',
    replay: 'never',
  },
  EFFECT_STATE_CONFLICT: {
    status: 409,
    kind: 'conflict',
    title: "The effect's state does not allow this",
    detail: '{reason}',
    replay: 'never',
  },
  OPERATION_STATE_CONFLICT: {
    status: 409,
    kind: 'conflict',
    title: "The operation's state does not allow this",
    detail: '{reason}',
    replay: 'never',
  },
  PROMO_CODE_TAKEN: {
    status: 409,
    kind: 'conflict',
    title: 'The promo code exists already',
    detail: 'There is a promo code {promoCode} already. End it first or choose another code.',
    replay: 'never',
  },
  VERSION_MISMATCH: {
    status: 412,
    kind: 'conflict',
    title: 'The order has changed',
    detail: 'The order is at version {version}, not at the one in If-Match. Read it again and decide afresh.',
    replay: 'never',
  },
  BODY_TOO_LARGE: {
    status: 413,
    kind: 'caller',
    title: 'The body is too large',
    detail: 'A body may have at most {limitBytes} bytes.',
    replay: 'never',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    kind: 'caller',
    title: 'Unsupported content type',
    detail: 'Send the body as application/json in UTF-8.',
    replay: 'never',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    kind: 'conflict',
    title: 'The idempotency key belongs to another request',
    detail: 'This Idempotency-Key was first used for a different request. Use a new key for a new intention.',
    replay: 'never',
  },
  EVENT_NOT_ON_SALE: {
    status: 422,
    kind: 'conflict',
    title: 'The event is not on sale',
    detail: 'The event is not on sale: {reason}.',
    replay: 'never',
  },
  CURRENCY_MISMATCH: {
    status: 422,
    kind: 'caller',
    title: 'Wrong currency',
    detail: 'This event is sold in {currency}. Send that currency, or leave it out.',
    replay: 'stored',
  },
  PROMO_INVALID: {
    status: 422,
    kind: 'caller',
    title: 'The promo code does not apply',
    detail: 'The promo code does not apply to this order: {reason}.',
    replay: 'stored',
  },
  REFUND_WINDOW_CLOSED: {
    status: 422,
    kind: 'conflict',
    title: 'Nothing is paid back any more',
    detail: 'The refund policy of this order pays nothing back now ({clause}). Nothing was changed.',
    replay: 'stored',
  },
  AMOUNT_OUT_OF_RANGE: {
    status: 422,
    kind: 'caller',
    title: 'The amount is out of range',
    detail: 'The amount is out of range: {reason}.',
    replay: 'stored',
  },
  RATE_LIMITED: {
    status: 429,
    kind: 'caller',
    title: 'Too many requests',
    detail: 'Too many requests of this kind. Wait {retryAfterSeconds} s and send it again.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 503,
    kind: 'upstream',
    title: 'A service we depend on is unavailable',
    detail:
      '{upstream} is unavailable at the moment. There is nothing you must clean up: send the same request again.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  LOCK_TIMEOUT: {
    status: 503,
    kind: 'upstream',
    title: 'Too many buyers at once',
    detail:
      'Too many buyers want these tickets at this moment. There is nothing you must clean up: send the same request again.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  OVERLOADED: {
    status: 503,
    kind: 'upstream',
    title: 'Overloaded',
    detail: 'The service is at its limit. There is nothing you must clean up: send the same request again.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  SHUTTING_DOWN: {
    status: 503,
    kind: 'upstream',
    title: 'Shutting down',
    detail:
      'This instance is shutting down. There is nothing you must clean up: send the same request again.',
    retryAfterSeconds: 1,
    replay: 'never',
  },
  INTERNAL: {
    status: 500,
    kind: 'bug',
    title: 'Something went wrong on our side',
    detail: 'Something went wrong on our side. Quote the request id when you contact support.',
    replay: 'never',
  },
  MONEY_INVALID: {
    status: 500,
    kind: 'bug',
    title: 'Something went wrong on our side',
    detail: 'Something went wrong on our side. Quote the request id when you contact support.',
    replay: 'never',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_CATALOG;
export const ERROR_CODES = Object.keys(ERROR_CATALOG) as readonly ErrorCode[];

export function errorRow(code: ErrorCode): ErrorRow {
  return ERROR_CATALOG[code];
}
