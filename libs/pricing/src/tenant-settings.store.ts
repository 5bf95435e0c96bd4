import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';

/** What a tenant decides for itself; null leaves it to the configuration. */
export interface TenantSettings {
  readonly pendingTtlSeconds: number | null;
  readonly reservationTtlSeconds: number | null;
}

@Injectable()
export class TenantSettingsStore {
  async get(tx: Transaction): Promise<TenantSettings> {
    const [settings] = await tx.query<TenantSettings>(
      `select pending_ttl_seconds as "pendingTtlSeconds", reservation_ttl_seconds as "reservationTtlSeconds"
         from tenant_settings where tenant_id = $1`,
      [tx.tenant()],
    );
    return settings ?? { pendingTtlSeconds: null, reservationTtlSeconds: null };
  }

  async put(tx: Transaction, settings: TenantSettings): Promise<void> {
    await tx.execute(
      `insert into tenant_settings (tenant_id, pending_ttl_seconds, reservation_ttl_seconds) values ($1, $2, $3)
       on conflict (tenant_id) do update
          set pending_ttl_seconds = excluded.pending_ttl_seconds, reservation_ttl_seconds = excluded.reservation_ttl_seconds`,
      [tx.tenant(), settings.pendingTtlSeconds, settings.reservationTtlSeconds],
    );
  }
}
