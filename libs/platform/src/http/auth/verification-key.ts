import { createHash, type KeyObject } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import { SECOND_MS, type Clock } from '@app/kernel';
import { CLOCK_SKEW_SECONDS, TokenRefused, type Algorithm, type TokenRules } from './token-rules.js';

const VERIFIED_TOKENS_MAX = 10_000;

/**
 * One public key and the tokens it was seen to have signed. The memory belongs to the key, so a key that is
 * rotated out takes every token it vouched for along.
 */
export class VerificationKey {
  readonly algorithms: readonly Algorithm[];
  private readonly verified = new Map<string, JWTPayload>();

  /** @throws TokenRefused when the key fits none of the allowed algorithms */
  constructor(
    readonly kid: string | undefined,
    private readonly key: KeyObject,
    private readonly rules: TokenRules,
    private readonly clock: Clock,
  ) {
    this.algorithms = rules.algorithms.filter((algorithm) => fits(key, algorithm));
    if (this.algorithms.length === 0) throw new TokenRefused('The key fits no allowed algorithm.');
  }

  /**
   * The claims of a token this key signed for the rules' issuer and audience and that has not run out.
   * @throws TokenRefused
   */
  async verify(token: string): Promise<JWTPayload> {
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.verified.get(hash);
    if (known !== undefined) {
      if (this.isCurrent(known)) return known;
      this.verified.delete(hash);
    }
    const payload = await this.verifySignature(token);
    const [oldest] = this.verified.keys();
    if (this.verified.size >= VERIFIED_TOKENS_MAX && oldest !== undefined) this.verified.delete(oldest);
    this.verified.set(hash, payload);
    return payload;
  }

  private async verifySignature(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [...this.algorithms],
        issuer: this.rules.issuer,
        audience: this.rules.audience,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['exp', 'sub'],
        currentDate: this.clock.now(),
      });
      // JSON reads 1e999 as infinity, which is a number and never over.
      if (!Number.isFinite(payload.exp)) throw new TokenRefused('The token never runs out.');
      return payload;
    } catch (cause) {
      throw new TokenRefused('The token is not valid.', { cause });
    }
  }

  private isCurrent(payload: JWTPayload): boolean {
    const nowSeconds = Math.floor(this.clock.now().getTime() / SECOND_MS);
    return (
      (payload.exp ?? 0) > nowSeconds - CLOCK_SKEW_SECONDS &&
      (payload.nbf ?? 0) <= nowSeconds + CLOCK_SKEW_SECONDS
    );
  }
}

const RSA_BITS_MIN = 2048;

function fits(key: KeyObject, algorithm: Algorithm): boolean {
  const details = key.asymmetricKeyDetails;
  switch (algorithm) {
    case 'RS256':
    case 'RS384':
    case 'RS512':
    case 'PS256':
      return key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN;
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1';
    case 'ES384':
      return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'secp384r1';
    case 'EdDSA':
      return key.asymmetricKeyType === 'ed25519';
  }
}
