import { createPublicKey } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { JSONWebKeySet, JWK } from 'jose';
import { AppError, canonicalJson, MINUTE_MS, SECOND_MS, type Clock } from '@app/kernel';
import type { JwksSource } from '../jwks-source.js';
import type { Keyring } from './keyring.js';
import type { TokenHeader, TokenRules } from './token-rules.js';
import { VerificationKey } from './verification-key.js';

const REFRESH_INTERVAL_MS = 5 * MINUTE_MS;
/** Tokens with made-up key ids must not become a flood of requests to auth-service. */
const UNKNOWN_KID_REFETCH_INTERVAL_MS = 10 * SECOND_MS;
/** While no key is known every request wants one; one attempt a second is enough to notice that auth-service is back. */
const RETRY_INTERVAL_MS = SECOND_MS;
const KEYS_MAX = 50;

export interface JwksKeyringOptions {
  readonly url: string;
  readonly source: JwksSource;
  readonly rules: TokenRules;
  readonly clock: Clock;
  /** How long keys serve after the last successful fetch. */
  readonly staleMaxMs: number;
}

interface LoadedKeys {
  readonly atMs: number;
  /** By the key's canonical JSON, so that a key that is published again keeps its memory. */
  readonly byJwk: ReadonlyMap<string, VerificationKey>;
}

/** Published keys: refreshed in the background, re-fetched for an unknown key id, served stale for a bounded time. */
export class JwksKeyring implements Keyring {
  private readonly logger = new Logger(JwksKeyring.name);
  private loaded: LoadedKeys | undefined;
  private refreshing: Promise<void> | undefined;
  private failedAtMs = -Infinity;
  private unknownKidAtMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: JwksKeyringOptions) {}

  start(): void {
    void this.refresh();
    this.timer = setInterval(() => void this.refresh(), REFRESH_INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async keyFor(header: TokenHeader): Promise<VerificationKey | undefined> {
    await this.mustHaveKeys();
    return this.find(header) ?? (await this.findAfterRefetch(header));
  }

  private async mustHaveKeys(): Promise<void> {
    if (this.usable() !== undefined) return;
    if (this.refreshing !== undefined || this.nowMs() - this.failedAtMs >= RETRY_INTERVAL_MS)
      await this.refresh();
    if (this.usable() === undefined) {
      const upstream = 'auth-service';
      throw new AppError('UPSTREAM_UNAVAILABLE', { upstream }, { members: { upstream } });
    }
  }

  private async findAfterRefetch(header: TokenHeader): Promise<VerificationKey | undefined> {
    if (this.refreshing === undefined) {
      if (this.nowMs() - this.unknownKidAtMs < UNKNOWN_KID_REFETCH_INTERVAL_MS) return undefined;
      this.unknownKidAtMs = this.nowMs();
    }
    await this.refresh();
    return this.find(header);
  }

  private find({ kid, algorithm }: TokenHeader): VerificationKey | undefined {
    const keys = [...(this.usable()?.byJwk.values() ?? [])];
    const fitting = keys.filter((key) => key.algorithms.includes(algorithm));
    if (kid !== undefined) return fitting.find((key) => key.kid === kid);
    // Without a name only a single key is unambiguous.
    return keys.length === 1 ? fitting[0] : undefined;
  }

  private usable(): LoadedKeys | undefined {
    if (this.loaded === undefined || this.nowMs() - this.loaded.atMs > this.options.staleMaxMs)
      return undefined;
    return this.loaded;
  }

  /** Everyone who asks while a fetch is under way waits for that one. */
  private refresh(): Promise<void> {
    this.refreshing ??= this.load().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async load(): Promise<void> {
    try {
      const set = await this.options.source.fetch(this.options.url);
      this.loaded = { atMs: this.nowMs(), byJwk: this.importKeys(set) };
      this.failedAtMs = -Infinity;
    } catch (error) {
      this.failedAtMs = this.nowMs();
      this.logger.warn({ err: error, url: this.options.url }, 'The public keys could not be fetched');
    }
  }

  private importKeys(set: JSONWebKeySet): ReadonlyMap<string, VerificationKey> {
    const keys = new Map<string, VerificationKey>();
    for (const jwk of set.keys.slice(0, KEYS_MAX)) {
      const name = canonicalJson(jwk);
      const key = this.loaded?.byJwk.get(name) ?? this.importKey(jwk);
      if (key !== undefined) keys.set(name, key);
    }
    return keys;
  }

  /** A set may also hold keys for other purposes or algorithms; they are none of ours. */
  private importKey(jwk: JWK): VerificationKey | undefined {
    if (jwk.use !== undefined && jwk.use !== 'sig') return undefined;
    if (jwk.kty === 'oct' || jwk.d !== undefined) return undefined;
    const { rules, clock } = this.options;
    const algorithms = rules.algorithms.filter((algorithm) => jwk.alg === undefined || jwk.alg === algorithm);
    try {
      return new VerificationKey(
        jwk.kid,
        createPublicKey({ key: { ...jwk }, format: 'jwk' }),
        { ...rules, algorithms },
        clock,
      );
    } catch {
      this.logger.warn({ kid: jwk.kid }, 'A published key cannot be used');
      return undefined;
    }
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}
