import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { Database } from '@app/platform';
import { PoliciesStore, type TenantPolicies } from './policies.store.js';

const MAX_AGE_MS = 5 * SECOND_MS;
const TENANTS_MAX = 1_000;

interface Entry {
  readonly loadedAtMs: number;
  readonly policies: Promise<TenantPolicies>;
}

/** A tenant's policies, at most five seconds old; simultaneous requests share one read. */
@Injectable()
export class TenantPoliciesCache {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly database: Database,
    private readonly store: PoliciesStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async ofTenant(tenantId: string): Promise<TenantPolicies> {
    const known = this.entries.get(tenantId);
    if (known !== undefined && this.clock.monotonicMs() - known.loadedAtMs < MAX_AGE_MS)
      return known.policies;
    const entry: Entry = {
      loadedAtMs: this.clock.monotonicMs(),
      policies: this.database.transaction({ tenantId }, (tx) => this.store.ofTenant(tx)),
    };
    this.remember(tenantId, entry);
    try {
      return await entry.policies;
    } catch (error) {
      if (this.entries.get(tenantId) === entry) this.entries.delete(tenantId);
      throw error;
    }
  }

  /** Called after a change, so that at least this process applies it at once. */
  drop(tenantId: string): void {
    this.entries.delete(tenantId);
  }

  private remember(tenantId: string, entry: Entry): void {
    this.entries.delete(tenantId);
    this.entries.set(tenantId, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > TENANTS_MAX && oldest !== undefined) this.entries.delete(oldest);
  }
}
