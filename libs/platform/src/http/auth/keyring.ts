import { createPublicKey } from 'node:crypto';
import { ConfigError } from '../../config/load-config.js';
import type { Clock } from '@app/kernel';
import type { TokenHeader, TokenRules } from './token-rules.js';
import { VerificationKey } from './verification-key.js';

/** The public keys of one audience. */
export interface Keyring {
  /**
   * The key that must have signed a token with this header; undefined when there is none.
   * @throws UPSTREAM_UNAVAILABLE when no key is known and none can be fetched
   */
  keyFor(header: TokenHeader): Promise<VerificationKey | undefined>;
  start(): void;
  stop(): void;
}

/** One key from the configuration; tokens may name it or not. */
export class FixedKeyring implements Keyring {
  private readonly key: VerificationKey;

  /** @throws ConfigError when `pem` is no key, or fits none of the allowed algorithms */
  constructor(setting: { readonly name: string; readonly pem: string }, rules: TokenRules, clock: Clock) {
    try {
      this.key = new VerificationKey(undefined, createPublicKey(setting.pem), rules, clock);
    } catch {
      throw new ConfigError([
        `${setting.name} must be a public key for one of ${rules.algorithms.join(', ')}`,
      ]);
    }
  }

  keyFor(header: TokenHeader): Promise<VerificationKey | undefined> {
    return Promise.resolve(this.key.algorithms.includes(header.algorithm) ? this.key : undefined);
  }

  start(): void {
    // A fixed key has nothing to fetch.
  }

  stop(): void {
    // A fixed key has nothing to stop.
  }
}
