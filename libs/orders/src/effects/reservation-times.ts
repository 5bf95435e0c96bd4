import { Inject, Injectable } from '@nestjs/common';
import { MINUTE_MS } from '@app/kernel';
import { CONFIG, type Config } from '@app/platform';
import { TenantPoliciesCache } from '@app/pricing';

/** How long a reservation lives, and how long ticket-service is asked to keep its seats. */
@Injectable()
export class ReservationTimes {
  constructor(
    private readonly policies: TenantPoliciesCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Milliseconds from the reservation to its deadline; a tenant may have its own. */
  async ttlMs(tenantId: string): Promise<number> {
    const { reservationTtlMs } = await this.policies.ofTenant(tenantId);
    return reservationTtlMs ?? this.config.RESERVATION_TTL_MINUTES * MINUTE_MS;
  }

  /**
   * The deadline of the hold. It is a backstop for the case that we are dead: we release ourselves, and a hold that
   * ended first would resell the seats of a payment made in the last seconds.
   */
  holdUntil(now: Date, ttlMs: number): Date {
    return new Date(now.getTime() + ttlMs + this.config.HOLD_BACKSTOP_MINUTES * MINUTE_MS);
  }

  /** A late payment that is brought home is confirmed at once: whatever the tenant's own time, the service's is enough. */
  holdOfRecovery(now: Date): Date {
    return this.holdUntil(now, this.config.RESERVATION_TTL_MINUTES * MINUTE_MS);
  }
}
