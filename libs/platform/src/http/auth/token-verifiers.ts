import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError, CLOCK, isAppError, MINUTE_MS, type Clock } from '@app/kernel';
import { CONFIG, type Config } from '../../config/config-table.js';
import { JWKS_SOURCE, type JwksSource } from '../jwks-source.js';
import { readServiceClaims, type ServiceIdentity } from './identity.js';
import { JwksKeyring } from './jwks-keyring.js';
import { FixedKeyring, type Keyring } from './keyring.js';
import type { TokenRules } from './token-rules.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * The two audiences, each with an issuer and keys of its own. Also when both read one key set their keyrings are
 * separate, so a token that was accepted for one is never remembered for the other.
 */
@Injectable()
export class TokenVerifiers implements OnModuleInit, OnModuleDestroy {
  readonly users: TokenVerifier;
  readonly services: TokenVerifier;
  private readonly keyrings: readonly Keyring[];

  /** @throws ConfigError when a configured key is none */
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JWKS_SOURCE) private readonly source: JwksSource,
  ) {
    const algorithms = config.AUTH_ALGORITHMS;
    const userRules = { issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE, algorithms };
    const serviceRules = {
      issuer: config.SERVICE_TOKEN_ISSUER,
      audience: config.SERVICE_TOKEN_AUDIENCE,
      algorithms,
    };
    const userKeys = this.keyring(userRules, 'AUTH');
    const serviceKeys = this.keyring(serviceRules, 'SERVICE');
    this.users = new TokenVerifier(userRules, userKeys);
    this.services = new TokenVerifier(serviceRules, serviceKeys);
    this.keyrings = [userKeys, serviceKeys];
  }

  onModuleInit(): void {
    for (const keyring of this.keyrings) keyring.start();
  }

  onModuleDestroy(): void {
    for (const keyring of this.keyrings) keyring.stop();
  }

  /**
   * The service behind a token that did not come over HTTP (an RPC message), checked exactly as over HTTP; what it may
   * do is still to be asked (`authoriseService`).
   * @throws UNAUTHENTICATED, UPSTREAM_UNAVAILABLE
   */
  async serviceIdentity(token: string): Promise<ServiceIdentity> {
    let identity;
    try {
      identity = readServiceClaims(await this.services.verify(token));
    } catch (error) {
      if (isAppError(error)) throw error;
      throw new AppError('UNAUTHENTICATED', {}, { cause: error });
    }
    if (identity === null) throw new AppError('UNAUTHENTICATED');
    return identity;
  }

  private keyring(rules: TokenRules, audience: 'AUTH' | 'SERVICE'): Keyring {
    const pem = this.config[`${audience}_PUBLIC_KEY`];
    if (pem !== '') return new FixedKeyring({ name: `${audience}_PUBLIC_KEY`, pem }, rules, this.clock);
    const staleMaxMs = this.config.JWKS_STALE_MAX_MINUTES * MINUTE_MS;
    const url = this.config[`${audience}_JWKS_URL`];
    return new JwksKeyring({ url, source: this.source, rules, clock: this.clock, staleMaxMs });
  }
}
