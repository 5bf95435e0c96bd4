import { Inject, Injectable } from '@nestjs/common';
import {
  CONFIG,
  Database,
  type Answer,
  type Caller,
  type Config,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { TenantPoliciesCache, TenantSettingsStore, type TenantSettings } from '@app/pricing';
import { AdminChanges, invalid } from './admin-changes.js';

const MINUTE_SECONDS = 60;

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
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async read(caller: Caller): Promise<TenantSettings> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, (tx) => this.settings.get(tx));
  }

  /** @throws VALIDATION_FAILED when ticket-service could forget a hold before the reservation has ended */
  async change(
    caller: Caller<UserPrincipal>,
    asked: TenantSettingsAsked,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const { tenantId } = caller.principal;
    const intention = { action: 'tenant_settings.changed', reason: asked.reason ?? null };
    return this.changes.run(caller, idempotency, intention, async (tx) => {
      this.assertWithinHold(asked.reservationTtlSeconds ?? 0);
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

  /** A hold at ticket-service lasts for the configured reservation and its backstop, whatever a tenant decides. */
  private assertWithinHold(reservationTtlSeconds: number): void {
    const {
      RESERVATION_TTL_MINUTES,
      HOLD_BACKSTOP_MINUTES,
      PROCESSING_EXTENSION_MINUTES,
      FENCE_MAX_MINUTES,
    } = this.config;
    const minutesMax =
      RESERVATION_TTL_MINUTES + HOLD_BACKSTOP_MINUTES - PROCESSING_EXTENSION_MINUTES - FENCE_MAX_MINUTES;
    const secondsMax = Math.floor(minutesMax * MINUTE_SECONDS);
    if (reservationTtlSeconds > secondsMax)
      throw invalid(
        '/reservationTtlSeconds',
        'max',
        `reservationTtlSeconds must not be greater than ${secondsMax}: ticket-service holds the seats no longer.`,
      );
  }
}
