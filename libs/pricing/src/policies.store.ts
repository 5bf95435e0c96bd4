import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { CentsByCurrency, PricingPolicyRow } from './price-policy.js';
import type { RefundPolicyRow, RefundRule } from './refund-policy.js';

/** More versions than any tenant keeps current at one time; older ones matter only to orders that stored their ids. */
const POLICY_ROWS_MAX = 1_000;

/** What a tenant sells by: price rows, refund rows and its own deadlines. */
export interface TenantPolicies {
  readonly pricing: readonly PricingPolicyRow[];
  readonly refunds: readonly RefundPolicyRow[];
  readonly pendingTtlMs: number | null;
  readonly reservationTtlMs: number | null;
}

interface PricingRow {
  readonly id: string;
  readonly venue_id: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly platform_fee_bps: number | null;
  readonly processing_fee_bps: number | null;
  readonly processing_fee_fixed: CentsByCurrency | null;
  readonly tax_bps: number | null;
  readonly effective_from: Date;
  readonly effective_to: Date | null;
}

interface RefundRow {
  readonly id: string;
  readonly event_id: string | null;
  readonly rules: readonly RefundRule[];
  readonly refunds_platform_fee: boolean;
  readonly refunds_processing_fee: boolean;
  readonly refunds_tax: boolean;
  readonly effective_from: Date;
  readonly effective_to: Date | null;
}

interface SettingsRow {
  readonly pending_ttl_seconds: number | null;
  readonly reservation_ttl_seconds: number | null;
}

@Injectable()
export class PoliciesStore {
  /** Everything that is effective now or later. */
  async ofTenant(tx: Transaction): Promise<TenantPolicies> {
    const tenantId = tx.tenant();
    const pricing = await tx.query<PricingRow>(
      `select id, venue_id, country, region, platform_fee_bps, processing_fee_bps, processing_fee_fixed, tax_bps,
              effective_from, effective_to
         from pricing_policies
        where tenant_id = $1 and (effective_to is null or effective_to > now())
        order by effective_from desc limit ${POLICY_ROWS_MAX}`,
      [tenantId],
    );
    const refunds = await tx.query<RefundRow>(
      `select id, event_id, rules, refunds_platform_fee, refunds_processing_fee, refunds_tax, effective_from, effective_to
         from refund_policies
        where tenant_id = $1 and (effective_to is null or effective_to > now())
        order by effective_from desc limit ${POLICY_ROWS_MAX}`,
      [tenantId],
    );
    const [settings] = await tx.query<SettingsRow>(
      `select pending_ttl_seconds, reservation_ttl_seconds from tenant_settings where tenant_id = $1`,
      [tenantId],
    );
    return {
      pricing: pricing.map((row) => pricingPolicyRow(tenantId, row)),
      refunds: refunds.map((row) => refundPolicyRow(tenantId, row)),
      pendingTtlMs: milliseconds(settings?.pending_ttl_seconds),
      reservationTtlMs: milliseconds(settings?.reservation_ttl_seconds),
    };
  }
}

function pricingPolicyRow(tenantId: string, row: PricingRow): PricingPolicyRow {
  return {
    id: row.id,
    tenantId,
    scope: {
      ...(row.venue_id === null ? {} : { venueId: row.venue_id }),
      ...(row.country === null ? {} : { country: row.country }),
      ...(row.region === null ? {} : { region: row.region }),
    },
    platformFeeBps: row.platform_fee_bps,
    processingFeeBps: row.processing_fee_bps,
    processingFeeFixed: row.processing_fee_fixed,
    taxBps: row.tax_bps,
    effectiveFrom: row.effective_from,
    effectiveTo: row.effective_to,
  };
}

function refundPolicyRow(tenantId: string, row: RefundRow): RefundPolicyRow {
  return {
    id: row.id,
    tenantId,
    eventId: row.event_id,
    rules: row.rules,
    refundsPlatformFee: row.refunds_platform_fee,
    refundsProcessingFee: row.refunds_processing_fee,
    refundsTax: row.refunds_tax,
    effectiveFrom: row.effective_from,
    effectiveTo: row.effective_to,
  };
}

function milliseconds(seconds: number | null | undefined): number | null {
  return seconds == null ? null : seconds * 1_000;
}
