import { randomUUID } from 'node:crypto';
import type { ConsumedPattern } from '@app/platform';
import type { MessagingWorld, OrderView } from '../support/messaging-world.js';
import { newSigningKey, serviceClaims, sign, userClaims, type SigningKey } from '../support/token-issuer.js';

export type Body = Readonly<Record<string, unknown>>;
export type Reserved = OrderView & { readonly paymentIntentId: string };

export const OTHER_TENANT = randomUUID();
const SCOPES = ['orders:confirm', 'orders:expire', 'orders:read', 'orders:bulk-cancel'] as const;

/** Everybody who may put a question into the queue, and what each is answered; `granted` stands for the answer itself. */
export const CALLERS = {
  'no token': 'UNAUTHENTICATED',
  'a text that is no token': 'UNAUTHENTICATED',
  'token without its scheme': 'UNAUTHENTICATED',
  'wrong audience': 'UNAUTHENTICATED',
  'wrong issuer': 'UNAUTHENTICATED',
  expired: 'UNAUTHENTICATED',
  'signed by a stranger': 'UNAUTHENTICATED',
  'user token inside': 'UNAUTHENTICATED',
  'admin token inside': 'UNAUTHENTICATED',
  'user token signed by the key of services': 'UNAUTHENTICATED',
  'service without the scope': 'FORBIDDEN',
  'service without any scope': 'FORBIDDEN',
  'service with two different tenants': 'FORBIDDEN',
  'service without tenant': 'TENANT_REQUIRED',
  'service of another tenant': 'elsewhere',
  'service with the scope': 'granted',
  'service that names its tenant in the header': 'granted',
} as const;
export type CallerName = keyof typeof CALLERS;

interface QuestionRow {
  readonly scope: (typeof SCOPES)[number];
  readonly changes: boolean;
  readonly question: (order: Reserved) => Body;
  /** What a service of another tenant hears: a refusal, or an answer without anything of ours. */
  readonly elsewhere: string;
  readonly granted: Body;
}

/** Every pattern of the RPC queue stands here, and nothing else. */
export const QUESTIONS: Readonly<Record<string, QuestionRow>> = {
  'orders.get': {
    scope: 'orders:read',
    changes: false,
    question: ({ id }) => ({ orderId: id }),
    elsewhere: 'ORDER_NOT_FOUND',
    granted: { status: 'RESERVED' },
  },
  'orders.list-by-event': {
    scope: 'orders:read',
    changes: false,
    question: ({ eventId }) => ({ eventId }),
    elsewhere: 'nothing',
    granted: { page: { limit: 20 } },
  },
  'orders.confirm': {
    scope: 'orders:confirm',
    changes: true,
    question: ({ id, paymentIntentId }) => ({ orderId: id, paymentIntentId }),
    elsewhere: 'ORDER_NOT_FOUND',
    granted: { paymentOutcome: 'confirmed' },
  },
  'orders.expire': {
    scope: 'orders:expire',
    changes: true,
    question: ({ id }) => ({ orderId: id }),
    elsewhere: 'ORDER_NOT_FOUND',
    granted: { status: 'EXPIRED' },
  },
};

/** Every consumed event stands here, with a payload that would do something to the order of another tenant. */
export const EVENTS: Readonly<Record<ConsumedPattern, (order: Reserved) => Body>> = {
  'payment.succeeded': paymentOf,
  'payment.failed': (order) => ({ ...paymentOf(order), reason: 'card_declined' }),
  'payment.refund.succeeded': ({ id }) => ({ refundId: id }),
  'payment.refund.failed': ({ id }) => ({ refundId: id }),
  'payment.dispute.opened': paymentOf,
  'payment.dispute.closed': paymentOf,
  'tickets.issued': ({ id }) => ({ orderId: id }),
  'event.cancelled': ({ eventId }) => ({ eventId, reason: 'called off by a stranger' }),
  'event.updated': ({ eventId }) => ({ eventId }),
  'ticket-type.updated': ({ eventId }) => ({ ticketTypeId: randomUUID(), eventId }),
};

function paymentOf({ id, paymentIntentId, totalCents }: Reserved): Body {
  return { orderId: id, paymentIntentId, amountCents: totalCents, currency: 'USD' };
}

export interface Issuer {
  readonly world: MessagingWorld;
  /** Of services. */
  readonly key: SigningKey;
}

/** A service token, wrong as `claims` says. */
function service({ world, key }: Issuer, scope: string, claims: Body = {}): Promise<string> {
  return sign(key, serviceClaims(new Date(), { tenant_id: world.event.tenantId, scope, ...claims }));
}

async function tokenOf(issuer: Issuer, name: CallerName, scope: string): Promise<string> {
  const { world, key } = issuer;
  const past = Math.floor(Date.now() / 1_000) - 3_600;
  const user = userClaims(new Date(), { tenant_id: world.event.tenantId, scope });
  switch (name) {
    case 'no token':
      return '';
    case 'a text that is no token':
      return 'Bearer a.b.c';
    case 'token without its scheme':
      return service(issuer, scope);
    case 'wrong audience':
      return `Bearer ${await service(issuer, scope, { aud: 'ticketing-api' })}`;
    case 'wrong issuer':
      return `Bearer ${await service(issuer, scope, { iss: 'order-service' })}`;
    case 'expired':
      return `Bearer ${await service(issuer, scope, { iat: past - 60, exp: past })}`;
    case 'signed by a stranger':
      return `Bearer ${await sign({ ...newSigningKey('ES256'), kid: key.kid }, serviceClaims(new Date(), { scope }))}`;
    case 'user token inside':
      return `Bearer ${world.userToken}`;
    case 'admin token inside':
      return `Bearer ${await sign(newSigningKey('ES256'), { ...user, role: 'admin' })}`;
    case 'user token signed by the key of services':
      return `Bearer ${await sign(key, { ...user, aud: 'order-service' })}`;
    case 'service without the scope':
      return `Bearer ${await service(issuer, SCOPES.filter((other) => other !== scope).join(' '))}`;
    case 'service without any scope':
      return `Bearer ${await service(issuer, '')}`;
    case 'service of another tenant':
      return `Bearer ${await service(issuer, scope, { tenant_id: OTHER_TENANT })}`;
    case 'service without tenant':
    case 'service that names its tenant in the header':
      return `Bearer ${await service(issuer, scope, { tenant_id: undefined })}`;
    case 'service with two different tenants':
    case 'service with the scope':
      return `Bearer ${await service(issuer, scope)}`;
  }
}

/** The headers that a caller sends with its question. */
export async function messageHeaders(
  issuer: Issuer,
  name: CallerName,
  scope: string,
): Promise<Readonly<Record<string, string>>> {
  const { world } = issuer;
  const authorization = await tokenOf(issuer, name, scope);
  return {
    ...(authorization === '' ? {} : { authorization }),
    ...(name === 'service with two different tenants' ? { 'x-tenant-id': OTHER_TENANT } : {}),
    ...(name === 'service that names its tenant in the header'
      ? { 'x-tenant-id': world.event.tenantId }
      : {}),
    'idempotency-key': randomUUID(),
    'x-request-id': randomUUID(),
  };
}
