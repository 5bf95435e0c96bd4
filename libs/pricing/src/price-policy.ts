import { byNewestVersion, isEffective, type PolicyVersion } from './policy-version.js';

export type CentsByCurrency = Readonly<Record<string, number>>;

/** The rates one order is priced with. */
export interface PricingPolicy {
  /** The most specific row that gave a component; null when every component is the configured default. */
  readonly id: string | null;
  readonly platformFeeBps: number;
  readonly processingFeeBps: number;
  readonly processingFeeFixedCents: number;
  readonly taxBps: number;
}

export interface PricingPolicyDefaults {
  readonly platformFeeBps: number;
  readonly processingFeeBps: number;
  /** In minor units of each currency; a currency that is not listed has no fixed fee. */
  readonly processingFeeFixed: ReadonlyMap<string, number>;
  readonly taxBps: number;
}

/** Everything named must fit; nothing named is the whole tenant. A region counts only together with its country. */
export interface PricingPolicyScope {
  readonly venueId?: string;
  readonly country?: string;
  readonly region?: string;
}

/** One version of a tenant's overrides; a component that is null is left to the next less specific row. */
export interface PricingPolicyRow extends PolicyVersion {
  readonly tenantId: string;
  readonly scope: PricingPolicyScope;
  readonly platformFeeBps: number | null;
  readonly processingFeeBps: number | null;
  readonly processingFeeFixed: CentsByCurrency | null;
  readonly taxBps: number | null;
}

export interface PricedVenue {
  readonly id: string;
  readonly country: string | null;
  readonly region: string | null;
}

export interface PricingPolicyQuestion {
  /** Rows of one tenant: the caller reads them under its row-level security. */
  readonly rows: readonly PricingPolicyRow[];
  readonly defaults: PricingPolicyDefaults;
  readonly venue: PricedVenue;
  readonly currency: string;
  readonly at: Date;
}

export interface ResolvedPricingPolicy {
  readonly policy: PricingPolicy;
  /** The rows that gave at least one component, the most specific first. */
  readonly policyIds: readonly string[];
}

/**
 * Decides each component on its own: the most specific effective row that sets it wins (venue, then
 * country and region, then country, then the whole tenant), among equals the one effective since the
 * latest instant; what no row sets is the configured default. A row whose fixed fee does not list the
 * currency leaves the fixed fee to the next one.
 */
export function resolvePricingPolicy(question: PricingPolicyQuestion): ResolvedPricingPolicy {
  const { defaults, venue, currency, at } = question;
  const rows = question.rows
    .filter((row) => isEffective(row, at) && coversVenue(row.scope, venue))
    .toSorted((a, b) => specificity(b.scope) - specificity(a.scope) || byNewestVersion(a, b));
  const platformFee = firstOf(rows, (row) => row.platformFeeBps);
  const processingFee = firstOf(rows, (row) => row.processingFeeBps);
  const processingFixed = firstOf(rows, (row) => row.processingFeeFixed?.[currency] ?? null);
  const tax = firstOf(rows, (row) => row.taxBps);
  const usedIds = new Set([platformFee, processingFee, processingFixed, tax].map((choice) => choice?.id));
  const policyIds = rows.map((row) => row.id).filter((id) => usedIds.has(id));
  return {
    policy: {
      id: policyIds[0] ?? null,
      platformFeeBps: platformFee?.value ?? defaults.platformFeeBps,
      processingFeeBps: processingFee?.value ?? defaults.processingFeeBps,
      processingFeeFixedCents: processingFixed?.value ?? defaults.processingFeeFixed.get(currency) ?? 0,
      taxBps: tax?.value ?? defaults.taxBps,
    },
    policyIds,
  };
}

interface Choice {
  readonly id: string;
  readonly value: number;
}

function firstOf(
  rows: readonly PricingPolicyRow[],
  read: (row: PricingPolicyRow) => number | null,
): Choice | undefined {
  for (const row of rows) {
    const value = read(row);
    if (value !== null) return { id: row.id, value };
  }
  return undefined;
}

function coversVenue(scope: PricingPolicyScope, venue: PricedVenue): boolean {
  if (scope.venueId !== undefined && scope.venueId !== venue.id) return false;
  if (scope.country !== undefined && !isSameCode(scope.country, venue.country)) return false;
  if (scope.region === undefined) return true;
  // WA is a state of the USA and one of Australia, so a region alone says nothing.
  return scope.country !== undefined && isSameCode(scope.region, venue.region);
}

function isSameCode(code: string, venueCode: string | null): boolean {
  return code.toUpperCase() === venueCode?.toUpperCase();
}

function specificity(scope: PricingPolicyScope): number {
  if (scope.venueId !== undefined) return 3;
  if (scope.region !== undefined) return 2;
  return scope.country === undefined ? 0 : 1;
}
