import { createPublicKey, type KeyObject } from 'node:crypto';
import { SECOND_MS, type Clock } from '@app/kernel';
import { jwtVerify } from 'jose';
import { Refusal } from '../http/refusal.js';

const CALLER = 'order-service';
const VERIFIED_TOKENS_MAX = 1_000;
const CLOCK_SKEW_SECONDS = 5;

interface Verified {
  readonly audience: string;
  readonly expiresAtMs: number;
}

/**
 * Checks the token order-service signs for its siblings: its key, issuer, subject, and the callee as audience.
 * A verified token is remembered until it expires, because order-service sends the same one for minutes.
 */
export class ServiceTokenCheck {
  private readonly verified = new Map<string, Verified>();
  private readonly key: KeyObject | null;
  private readonly algorithm: 'ES256' | 'EdDSA';

  constructor(
    private readonly clock: Clock,
    private readonly expected: { readonly publicKeyPem: string; readonly issuer: string },
  ) {
    this.key = expected.publicKeyPem === '' ? null : createPublicKey(expected.publicKeyPem);
    this.algorithm = this.key?.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256';
  }

  /**
   * True when `authorization` may call `audience`; everybody may while no public key is configured.
   * @throws Refusal 401
   */
  admit(authorization: string | undefined, audience: string): true | Promise<true> {
    if (this.key === null) return true;
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthenticated('The bearer token of order-service is missing.');
    const known = this.verified.get(token);
    if (known?.audience === audience && known.expiresAtMs > this.clock.now().getTime()) return true;
    return this.verify(token, audience, this.key);
  }

  private async verify(token: string, audience: string, key: KeyObject): Promise<true> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [this.algorithm],
      issuer: this.expected.issuer,
      subject: CALLER,
      audience,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: this.clock.now(),
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw unauthenticated(`The service token is not valid for ${audience}: ${reason}`);
    });
    if (this.verified.size >= VERIFIED_TOKENS_MAX) this.verified.clear();
    this.verified.set(token, { audience, expiresAtMs: (payload.exp ?? 0) * SECOND_MS });
    return true;
  }
}

function unauthenticated(detail: string): Refusal {
  return new Refusal(401, 'UNAUTHENTICATED', detail);
}
