import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, MINUTE_MS, SECOND_MS, type Clock } from '@app/kernel';
import { SignJWT } from 'jose';
import { CONFIG, type Config } from '../config/config-table.js';
import type { UpstreamName } from './operations.js';

const LIFETIME_MS = 5 * MINUTE_MS;
const RENEW_BEFORE_END_MS = MINUTE_MS;

interface CachedToken {
  readonly signed: Promise<string>;
  readonly renewAtMs: number;
  /** Known once it is signed. */
  token: string | undefined;
}

/** Signs the tokens that tell siblings who calls: one per callee, five minutes long, renewed a minute early. */
@Injectable()
export class ServiceTokens {
  private readonly key: KeyObject;
  private readonly algorithm: 'ES256' | 'EdDSA';
  private readonly cached = new Map<UpstreamName, CachedToken>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.key = createPrivateKey(config.SERVICE_SIGNING_KEY);
    this.algorithm = signatureAlgorithm(this.key);
  }

  token(audience: UpstreamName): Promise<string> {
    const cached = this.cached.get(audience);
    if (cached !== undefined && this.clock.now().getTime() < cached.renewAtMs) return cached.signed;
    return this.sign(audience);
  }

  /** A token other than `rejected`, which the sibling has just refused; calls refused together share the new one. */
  renew(audience: UpstreamName, rejected: string): Promise<string> {
    return this.cached.get(audience)?.token === rejected ? this.sign(audience) : this.token(audience);
  }

  private async sign(audience: UpstreamName): Promise<string> {
    const nowMs = this.clock.now().getTime();
    const issuedAt = Math.floor(nowMs / SECOND_MS);
    const signed = new SignJWT({ type: 'service' })
      .setProtectedHeader({ alg: this.algorithm, kid: this.config.SERVICE_SIGNING_KID, typ: 'JWT' })
      .setIssuer(this.config.SERVICE_ISSUER)
      .setSubject('order-service')
      .setAudience(audience)
      // Without it a token renewed within the same second could be the rejected one again.
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_MS / SECOND_MS)
      .sign(this.key);
    const entry: CachedToken = {
      signed,
      renewAtMs: nowMs + LIFETIME_MS - RENEW_BEFORE_END_MS,
      token: undefined,
    };
    this.cached.set(audience, entry);
    entry.token = await signed;
    return entry.token;
  }
}

function signatureAlgorithm(key: KeyObject): 'ES256' | 'EdDSA' {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new Error('SERVICE_SIGNING_KEY must be a P-256 key (ES256) or an Ed25519 key (EdDSA)');
}
