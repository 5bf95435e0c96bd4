import type { PoolShare } from '../database/pool-share.js';

/** What a service token may permit. */
export const SERVICE_SCOPES = [
  'orders:confirm',
  'orders:expire',
  'orders:read',
  'orders:bulk-cancel',
] as const;
export type ServiceScope = (typeof SERVICE_SCOPES)[number];

export type UserRole = 'customer' | 'admin';

export interface UserPrincipal {
  readonly kind: 'user';
  readonly tenantId: string;
  readonly userId: string;
  readonly role: UserRole;
}

export interface ServicePrincipal {
  readonly kind: 'service';
  readonly tenantId: string;
  /** The calling service, from the token's `sub`. */
  readonly name: string;
  readonly scopes: readonly ServiceScope[];
}

export type Principal = UserPrincipal | ServicePrincipal;

/** Who calls, and how long they wait: handed to every use case, whether it came over HTTP or a message. */
export interface Caller<P extends Principal = Principal> {
  readonly principal: P;
  readonly requestId: string;
  readonly traceparent?: string;
  /** On the clock's monotonic scale; sibling calls never run beyond it. */
  readonly deadlineAtMs: number;
  /** Whose connections serve the call; those of ordinary requests unless it says otherwise. */
  readonly pool?: PoolShare;
}

/** Stable text for a principal, as idempotency keys, refunds and rate limits are scoped by it. */
export function principalKey(principal: Principal): string {
  return principal.kind === 'user' ? `user:${principal.userId}` : `service:${principal.name}`;
}
