import { randomUUID } from 'node:crypto';

/** Everybody who may stand before a route. */
export const CALLERS = [
  'anonymous',
  'owner',
  'other user of the tenant',
  'user without a role',
  'admin',
  'admin of another tenant',
  'wrong audience',
  'expired',
  'service with the scope',
  'service that names its tenant in the header',
  'service without the scope',
  'service of another tenant',
  'service with two different tenants',
  'service without tenant',
] as const;
export type CallerName = (typeof CALLERS)[number];

export type Expected = Readonly<Record<CallerName, number>>;

/** What must exist before the request; every caller meets an order of the owner's. */
export type Scene =
  | 'nothing'
  | 'pending'
  | 'reserved'
  | 'paid'
  | 'completed'
  | 'refunded'
  | 'an event of its own'
  | 'operation'
  | 'promo code'
  | 'pricing policy'
  | 'refund policy';

/** Its ids are called as in the paths of the routes. */
export type Subject = Readonly<
  Record<
    | 'orderId'
    | 'paymentIntentId'
    | 'refundId'
    | 'eventId'
    | 'ticketTypeId'
    | 'findingId'
    | 'effectId'
    | 'operationId'
    | 'promoCodeId'
    | 'policyId',
    string
  >
>;

export interface RouteRow {
  readonly scene: Scene;
  /** The scope its service needs; undefined on other routes. */
  readonly scope?: string;
  readonly body?: (subject: Subject) => unknown;
  readonly expected: Expected;
}

const CREDENTIALS = { anonymous: 401, 'wrong audience': 401, expired: 401 } as const;
const SERVICES_REFUSED = {
  'service with the scope': 403,
  'service that names its tenant in the header': 403,
  'service without the scope': 403,
  'service of another tenant': 403,
  'service with two different tenants': 403,
  'service without tenant': 403,
} as const;
const USERS_REFUSED = {
  owner: 403,
  'other user of the tenant': 403,
  'user without a role': 403,
  admin: 403,
  'admin of another tenant': 403,
} as const;

/** Everybody gets it. */
const OPEN = Object.fromEntries(CALLERS.map((name) => [name, 200])) as Expected;

/** One order: its owner and the tenant's admin; for everybody else there is no such order. */
export function ofOwner(status: number): Expected {
  return {
    ...CREDENTIALS,
    ...SERVICES_REFUSED,
    owner: status,
    'other user of the tenant': 404,
    'user without a role': 403,
    admin: status,
    'admin of another tenant': 404,
  };
}

/** A list or a calculation: every user, over what is theirs. */
export function ofEveryUser(status: number): Expected {
  return { ...ofOwner(status), 'other user of the tenant': status, 'admin of another tenant': status };
}

/** Over things of the tenant; `elsewhere` is what the admin of another tenant hears. */
export function ofAdmin(status: number, elsewhere: number): Expected {
  return {
    ...ofOwner(status),
    owner: 403,
    'other user of the tenant': 403,
    'admin of another tenant': elsewhere,
  };
}

/** `elsewhere` is what a service of another tenant hears. */
export function ofService(status: number, elsewhere: number): Expected {
  return {
    ...CREDENTIALS,
    ...USERS_REFUSED,
    'service with the scope': status,
    'service that names its tenant in the header': status,
    'service without the scope': 403,
    'service of another tenant': elsewhere,
    'service with two different tenants': 403,
    'service without tenant': 400,
  };
}

const open: RouteRow = { scene: 'nothing', expected: OPEN };

function orderBody({ eventId, ticketTypeId }: Subject): unknown {
  return { eventId, items: [{ ticketTypeId, quantity: 1 }] };
}

const reason = 'in a test';

function promoCodeBody(): unknown {
  return { code: `C-${randomUUID()}`, kind: 'percentage', percentBps: 1_000, reason };
}

/** For one venue or event that nobody sells at: prices and refunds of all others stay as they are. */
function pricingPolicyBody(): unknown {
  return { venueId: randomUUID(), taxBps: 500, reason };
}

function refundPolicyBody(): unknown {
  return { eventId: randomUUID(), rules: [{ hoursBeforeStart: 24, refundBps: 10_000 }], reason };
}

/** Who may do what: every HTTP route of the service stands here, and nothing else. */
export const AUTHORISATION = {
  'GET /health': open,
  'GET /health/live': open,
  'GET /health/startup': open,
  'GET /health/ready': open,
  'GET /health/db': open,
  'GET /info': open,
  'GET /metrics': open,

  'POST /api/v1/orders': {
    scene: 'nothing',
    body: orderBody,
    // Another tenant's admin buys in another tenant, where this event does not exist.
    expected: { ...ofEveryUser(201), 'admin of another tenant': 404 },
  },
  'POST /api/v1/orders/quote': {
    scene: 'nothing',
    body: orderBody,
    expected: { ...ofEveryUser(200), 'admin of another tenant': 404 },
  },
  'GET /api/v1/orders': { scene: 'pending', expected: ofEveryUser(200) },
  'GET /api/v1/orders/:orderId': { scene: 'pending', expected: ofOwner(200) },
  'POST /api/v1/orders/:orderId/reserve': { scene: 'pending', expected: ofOwner(200) },
  'POST /api/v1/orders/:orderId/cancel': { scene: 'pending', expected: ofOwner(200) },
  'GET /api/v1/orders/:orderId/events': { scene: 'pending', expected: ofOwner(200) },
  'POST /api/v1/orders/:orderId/refund': {
    scene: 'completed',
    body: () => ({ reason: 'cannot come' }),
    expected: ofOwner(202),
  },
  'POST /api/v1/orders/:orderId/refund-quote': { scene: 'completed', expected: ofOwner(200) },
  'GET /api/v1/orders/:orderId/refunds': { scene: 'pending', expected: ofOwner(200) },
  'GET /api/v1/orders/:orderId/refunds/:refundId': {
    scene: 'refunded',
    expected: ofOwner(200),
  },

  'GET /api/v1/orders/:orderId/explain': { scene: 'pending', expected: ofAdmin(200, 404) },
  'GET /api/v1/findings': { scene: 'nothing', expected: ofAdmin(200, 200) },
  // No scene makes a finding, a failed effect or a paused operation: who may ask hears that there is none.
  'GET /api/v1/findings/:findingId': {
    scene: 'nothing',
    expected: ofAdmin(404, 404),
  },
  'POST /api/v1/findings/:findingId/acknowledge': {
    scene: 'nothing',
    expected: ofAdmin(404, 404),
  },
  'POST /api/v1/findings/:findingId/resolve': {
    scene: 'nothing',
    body: () => ({ note: 'settled by hand' }),
    expected: ofAdmin(404, 404),
  },
  'GET /api/v1/effects': { scene: 'nothing', expected: ofAdmin(200, 200) },
  'POST /api/v1/effects/:effectId/retry': {
    scene: 'nothing',
    expected: ofAdmin(404, 404),
  },
  'GET /api/v1/audit-log': { scene: 'nothing', expected: ofAdmin(200, 200) },

  'GET /api/v1/operations': { scene: 'operation', expected: ofAdmin(200, 200) },
  'GET /api/v1/operations/:operationId': { scene: 'operation', expected: ofAdmin(200, 404) },
  'POST /api/v1/operations/:operationId/resume': { scene: 'nothing', expected: ofAdmin(404, 404) },

  'GET /api/v1/promo-codes': { scene: 'promo code', expected: ofAdmin(200, 200) },
  'POST /api/v1/promo-codes': { scene: 'nothing', body: promoCodeBody, expected: ofAdmin(201, 201) },
  'GET /api/v1/promo-codes/:promoCodeId': { scene: 'promo code', expected: ofAdmin(200, 404) },
  'POST /api/v1/promo-codes/:promoCodeId/end': {
    scene: 'promo code',
    body: () => ({ reason }),
    expected: ofAdmin(200, 404),
  },
  'GET /api/v1/pricing-policies': { scene: 'pricing policy', expected: ofAdmin(200, 200) },
  'POST /api/v1/pricing-policies': {
    scene: 'nothing',
    body: pricingPolicyBody,
    expected: ofAdmin(201, 201),
  },
  'GET /api/v1/pricing-policies/:policyId': { scene: 'pricing policy', expected: ofAdmin(200, 404) },
  'POST /api/v1/pricing-policies/:policyId/end': {
    scene: 'pricing policy',
    body: () => ({ reason }),
    expected: ofAdmin(200, 404),
  },
  'GET /api/v1/refund-policies': { scene: 'refund policy', expected: ofAdmin(200, 200) },
  'POST /api/v1/refund-policies': { scene: 'nothing', body: refundPolicyBody, expected: ofAdmin(201, 201) },
  'GET /api/v1/refund-policies/:policyId': { scene: 'refund policy', expected: ofAdmin(200, 404) },
  'POST /api/v1/refund-policies/:policyId/end': {
    scene: 'refund policy',
    body: () => ({ reason }),
    expected: ofAdmin(200, 404),
  },
  'GET /api/v1/tenant-settings': { scene: 'nothing', expected: ofAdmin(200, 200) },
  'POST /api/v1/tenant-settings': {
    scene: 'nothing',
    // Changes no deadline of the orders that other rows need.
    body: () => ({ reason }),
    expected: ofAdmin(200, 200),
  },

  'POST /internal/v1/orders/:orderId/confirm': {
    scene: 'paid',
    scope: 'orders:confirm',
    body: ({ paymentIntentId }) => ({ paymentIntentId }),
    expected: ofService(200, 404),
  },
  'POST /internal/v1/orders/:orderId/expire': {
    scene: 'pending',
    scope: 'orders:expire',
    expected: ofService(200, 404),
  },
  'GET /internal/v1/orders/expiring': {
    scene: 'pending',
    scope: 'orders:read',
    expected: ofService(200, 200),
  },
  'GET /internal/v1/events': { scene: 'pending', scope: 'orders:read', expected: ofService(200, 200) },
  'POST /internal/v1/orders/bulk/cancel': {
    scene: 'an event of its own',
    scope: 'orders:bulk-cancel',
    body: ({ eventId }) => ({ eventId, reason }),
    expected: ofService(202, 404),
  },
  'GET /internal/v1/operations/:operationId': {
    scene: 'operation',
    scope: 'orders:read',
    expected: ofService(200, 404),
  },
  'POST /internal/v1/operations/:operationId/resume': {
    scene: 'nothing',
    scope: 'orders:bulk-cancel',
    expected: ofService(404, 404),
  },
} as const satisfies Readonly<Record<string, RouteRow>>;
