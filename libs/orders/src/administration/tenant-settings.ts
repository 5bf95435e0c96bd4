import { Injectable } from '@nestjs/common';
import {
  Database,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { TenantPoliciesCache, TenantSettingsStore, type TenantSettings } from '@app/pricing';
import { AdminChanges } from './admin-changes.js';

/** What an admin sends: null goes back to the configured default, what is left out stays. */
export interface TenantSettingsAsked {
  readonly pendingTtlSeconds?: number | null | undefined;
  readonly reservationTtlSeconds?: number | null | undefined;
  readonly reason?: string | undefined;
}

/** /tenant-settings: the deadlines of a tenant's new orders and reservations. */
@Injectable()
export class TenantSettingsAdministration {
  constructor(
    private readonly database: Database,
    private readonly changes: AdminChanges,
    private readonly settings: TenantSettingsStore,
    private readonly cache: TenantPoliciesCache,
  ) {}

  async read(caller: Caller): Promise<TenantSettings> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, (tx) => this.settings.get(tx));
  }

  async change(
    caller: Caller<UserPrincipal>,
    asked: TenantSettingsAsked,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const { tenantId } = caller.principal;
    const intention = { action: 'tenant_settings.changed', reason: asked.reason ?? null };
    return this.changes.run(caller, idempotency, intention, async (tx) => {
      const before = await this.settings.get(tx);
      const body: TenantSettings = {
        pendingTtlSeconds:
          asked.pendingTtlSeconds === undefined ? before.pendingTtlSeconds : asked.pendingTtlSeconds,
        reservationTtlSeconds:
          asked.reservationTtlSeconds === undefined
            ? before.reservationTtlSeconds
            : asked.reservationTtlSeconds,
      };
      await this.settings.put(tx, body);
      tx.afterCommit(() => {
        this.cache.drop(tenantId);
      });
      return { status: 200, subject: tenantId, body, before };
    });
  }
}
