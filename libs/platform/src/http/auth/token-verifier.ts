import type { JWTPayload } from 'jose';
import type { Keyring } from './keyring.js';
import { readTokenHeader, TokenRefused, type TokenRules } from './token-rules.js';
import type { VerificationKey } from './verification-key.js';

/** Checks tokens of one audience: who may sign them, and what they must say. */
export class TokenVerifier {
  constructor(
    private readonly rules: TokenRules,
    private readonly keyring: Keyring,
  ) {}

  /** @throws TokenRefused when no key can have signed it; UPSTREAM_UNAVAILABLE when no key is known at all */
  async keyFor(token: string): Promise<VerificationKey> {
    const key = await this.keyring.keyFor(readTokenHeader(token, this.rules.algorithms));
    if (key === undefined) throw new TokenRefused('No known key fits the token.');
    return key;
  }

  /** @throws as `keyFor` and `VerificationKey.verify` do */
  async verify(token: string): Promise<JWTPayload> {
    return (await this.keyFor(token)).verify(token);
  }
}
