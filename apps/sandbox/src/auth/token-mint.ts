import { randomUUID } from 'node:crypto';
import { SECOND_MS, type Clock } from '@app/kernel';
import { SignJWT } from 'jose';
import { DEFAULT_TENANT_ID } from '../catalogue/shipped-catalogue.js';
import type { SigningKeys } from './signing-keys.js';

const ISSUER = 'auth-service';
const USER_AUDIENCE = 'ticketing-api';
const SERVICE_AUDIENCE = 'order-service';
const ALL_SCOPES = 'orders:confirm orders:expire orders:read orders:bulk-cancel';
const DEFAULT_SERVICE = 'payment-service';
const DEFAULT_TTL_SECONDS = 3_600;
/** The sandbox's own token is renewed this long before it ends. */
const RENEW_BEFORE_MS = 60 * SECOND_MS;

export interface TokenWish {
  readonly sub?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly role?: string | undefined;
  readonly type?: 'access' | 'service' | undefined;
  readonly scope?: string | undefined;
  /** May be negative, to make a token that has expired. */
  readonly ttlSeconds?: number | undefined;
  readonly audience?: string | undefined;
  readonly issuer?: string | undefined;
  /** Laid over the other claims last, to make tokens that are wrong in one way. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

export interface MintedToken {
  readonly token: string;
  readonly sub: string;
  readonly tenantId: string | null;
  readonly expiresAt: string;
}

/** Signs tokens as auth-service does. */
export class TokenMint {
  private own: { readonly token: string; readonly renewAtMs: number } | null = null;

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  async mint(wish: TokenWish): Promise<MintedToken> {
    const isService = wish.type === 'service';
    const sub = wish.sub ?? (isService ? DEFAULT_SERVICE : randomUUID());
    const tenantId = wish.tenantId ?? (isService ? null : DEFAULT_TENANT_ID);
    const issuedAt = Math.floor(this.clock.now().getTime() / SECOND_MS);
    const expiresAt = issuedAt + (wish.ttlSeconds ?? DEFAULT_TTL_SECONDS);
    const claims = {
      iss: wish.issuer ?? ISSUER,
      aud: wish.audience ?? (isService ? SERVICE_AUDIENCE : USER_AUDIENCE),
      sub,
      jti: randomUUID(),
      // An expired token was issued before it expired.
      iat: Math.min(issuedAt, expiresAt - 1),
      exp: expiresAt,
      ...(tenantId === null ? {} : { tenant_id: tenantId }),
      ...(isService ? serviceClaims(wish) : userClaims(wish, sub)),
      ...wish.claims,
    };
    const pair = await this.keys.current();
    const { kid, algorithm, privateKey } = isService ? pair.service : pair.user;
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
      .sign(privateKey);
    return { token, sub, tenantId, expiresAt: new Date(expiresAt * SECOND_MS).toISOString() };
  }

  /** The token with which the sandbox itself announces payments to order-service. */
  async ownServiceToken(): Promise<string> {
    const nowMs = this.clock.now().getTime();
    if (this.own !== null && this.own.renewAtMs > nowMs) return this.own.token;
    const { token } = await this.mint({ type: 'service', scope: 'orders:confirm' });
    this.own = { token, renewAtMs: nowMs + DEFAULT_TTL_SECONDS * SECOND_MS - RENEW_BEFORE_MS };
    return token;
  }
}

function userClaims(wish: TokenWish, sub: string): Readonly<Record<string, unknown>> {
  return {
    type: 'access',
    email: `${sub}@example.test`,
    permissions: [],
    role: wish.role ?? 'customer',
    ...(wish.scope === undefined ? {} : { scope: wish.scope }),
  };
}

function serviceClaims(wish: TokenWish): Readonly<Record<string, unknown>> {
  return {
    type: 'service',
    scope: wish.scope ?? ALL_SCOPES,
    ...(wish.role === undefined ? {} : { role: wish.role }),
  };
}
