import type { LockKey } from './lock-keys.js';
import type { LockBackendName, LockRequest } from './locks.js';

export type ExtensionResult = 'extended' | 'lost' | 'unavailable';

/** All keys of one holder. */
export interface Lease {
  readonly backend: LockBackendName;
  extend(ttlMs: number): Promise<ExtensionResult>;
  /** May throw; the lease then ends with its TTL. */
  release(): Promise<void>;
}

export type AcquireAttempt =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'taken' }
  | { readonly kind: 'unavailable' };

export interface AcquireRequest {
  /** In lock order, each once. */
  readonly keys: readonly LockKey[];
  readonly tenantId: string;
  readonly ttlMs: number;
  readonly pool: NonNullable<LockRequest['pool']>;
}

/** Where locks are kept. */
export interface LockBackend {
  readonly name: LockBackendName;
  /** Takes all keys or none, without waiting for whoever has them. */
  tryAcquire(request: AcquireRequest): Promise<AcquireAttempt>;
}
