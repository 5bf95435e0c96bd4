import type { JWTPayload } from 'jose';
import { AppError, isUuid } from '@app/kernel';
import { SERVICE_SCOPES, type ServicePrincipal, type ServiceScope, type UserRole } from '../caller.js';

export interface UserIdentity {
  readonly kind: 'user';
  readonly tenantId: string;
  readonly userId: string;
  /** undefined when the token grants no role we know. */
  readonly role: UserRole | undefined;
}

export interface ServiceIdentity {
  readonly kind: 'service';
  readonly name: string;
  readonly scopes: readonly ServiceScope[];
  /** undefined when the token leaves the tenant to the X-Tenant-Id header. */
  readonly tenantId: string | undefined;
}

export type Identity = UserIdentity | ServiceIdentity;

/** Highest first: a token with both roles acts as the first. */
const ROLES_BY_RANK: readonly UserRole[] = ['admin', 'customer'];

const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What a verified user token says; null when it is no usable user token. */
export function readUserClaims(claims: JWTPayload): UserIdentity | null {
  const { sub, tenant_id: tenantId } = claims;
  if (claims['type'] !== 'access' || !isUuid(sub) || !isUuid(tenantId)) return null;
  const granted = new Set<unknown>([claims['role'], claims['roles']].flat());
  const role = ROLES_BY_RANK.find((known) => granted.has(known));
  return { kind: 'user', tenantId: tenantId.toLowerCase(), userId: sub.toLowerCase(), role };
}

/** What a verified service token says; null when it is no usable service token. */
export function readServiceClaims(claims: JWTPayload): ServiceIdentity | null {
  const { sub, scope, tenant_id: tenantId } = claims;
  if (claims['type'] !== 'service' || sub === undefined || !SERVICE_NAME.test(sub)) return null;
  if (scope !== undefined && typeof scope !== 'string') return null;
  if (tenantId !== undefined && tenantId !== null && !isUuid(tenantId)) return null;
  const granted = new Set(scope?.split(' '));
  return {
    kind: 'service',
    name: sub,
    scopes: SERVICE_SCOPES.filter((known) => granted.has(known)),
    tenantId: tenantId?.toLowerCase(),
  };
}

/**
 * A service acting for one tenant: the token's, or the header's where the token names none.
 * @throws FORBIDDEN without the scope or when both name different tenants; TENANT_REQUIRED when neither names one
 */
export function authoriseService(
  identity: ServiceIdentity,
  demand: { readonly scope: ServiceScope; readonly tenantHeader: string | undefined },
): ServicePrincipal {
  if (!identity.scopes.includes(demand.scope)) {
    throw new AppError('FORBIDDEN', { reason: `The token does not grant the scope ${demand.scope}.` });
  }
  const headerTenantId = demand.tenantHeader?.trim().toLowerCase();
  const tenantId = identity.tenantId ?? headerTenantId;
  if (!isUuid(tenantId)) throw new AppError('TENANT_REQUIRED');
  if (headerTenantId !== undefined && headerTenantId !== tenantId) {
    throw new AppError('FORBIDDEN', {
      reason: 'The token belongs to another tenant than X-Tenant-Id names.',
    });
  }
  return { kind: 'service', tenantId, name: identity.name, scopes: identity.scopes };
}
