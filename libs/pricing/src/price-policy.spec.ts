import {
  resolvePricingPolicy,
  type PricingPolicyQuestion,
  type PricingPolicyRow,
  type ResolvedPricingPolicy,
} from './price-policy.js';
import { NOON } from './testing/builders.js';

const DEFAULTS: PricingPolicyQuestion['defaults'] = {
  platformFeeBps: 500,
  processingFeeBps: 290,
  processingFeeFixed: new Map([
    ['USD', 30],
    ['KWD', 100],
  ]),
  taxBps: 800,
};

const SEATTLE = { id: 'venue-1', country: 'US', region: 'WA' };

function aRow(overrides: Partial<PricingPolicyRow>): PricingPolicyRow {
  return {
    id: 'row',
    tenantId: 'tenant-1',
    scope: {},
    platformFeeBps: null,
    processingFeeBps: null,
    processingFeeFixed: null,
    taxBps: null,
    effectiveFrom: new Date('2026-01-01T00:00:00.000Z'),
    effectiveTo: null,
    ...overrides,
  };
}

function resolve(
  rows: readonly PricingPolicyRow[],
  overrides: Partial<PricingPolicyQuestion> = {},
): ResolvedPricingPolicy {
  return resolvePricingPolicy({
    rows,
    defaults: DEFAULTS,
    venue: SEATTLE,
    currency: 'USD',
    at: NOON,
    ...overrides,
  });
}

const VENUE = aRow({ id: 'venue', scope: { venueId: 'venue-1' }, taxBps: 1 });
const REGION = aRow({ id: 'region', scope: { country: 'US', region: 'WA' }, taxBps: 2 });
const COUNTRY = aRow({ id: 'country', scope: { country: 'US' }, taxBps: 3 });
const TENANT = aRow({ id: 'tenant', taxBps: 4 });

describe('which rates an order is priced with', () => {
  it('are the configured ones where no row says otherwise', () => {
    expect(resolve([])).toEqual({
      policy: {
        id: null,
        platformFeeBps: 500,
        processingFeeBps: 290,
        processingFeeFixedCents: 30,
        taxBps: 800,
      },
      policyIds: [],
    });
  });

  it('have no fixed fee in a currency that is not configured', () => {
    expect(resolve([], { currency: 'KWD' }).policy.processingFeeFixedCents).toBe(100);
    expect(resolve([], { currency: 'GBP' }).policy.processingFeeFixedCents).toBe(0);
  });

  it.each<readonly [string, readonly PricingPolicyRow[], number]>([
    ['the venue before all others', [TENANT, COUNTRY, REGION, VENUE], 1],
    ['the region before country and tenant', [TENANT, COUNTRY, REGION], 2],
    ['the country before the tenant', [TENANT, COUNTRY], 3],
    ['the tenant before the configuration', [TENANT], 4],
  ])('prefer %s, in whatever order the rows come', (_name, rows, taxBps) => {
    expect(resolve(rows).policy.taxBps).toBe(taxBps);
    expect(resolve(rows.toReversed()).policy.taxBps).toBe(taxBps);
  });

  it('are decided component by component, and name every row that gave one, the most specific first', () => {
    const resolved = resolve([
      aRow({ id: 'tenant', platformFeeBps: 400, processingFeeBps: 100, taxBps: 900 }),
      aRow({ id: 'unused', scope: { country: 'US' }, taxBps: 950 }),
      aRow({ id: 'region', scope: { country: 'US', region: 'WA' }, taxBps: 1_025 }),
      aRow({ id: 'venue', scope: { venueId: 'venue-1' }, processingFeeFixed: { USD: 45 } }),
    ]);
    expect(resolved).toEqual({
      policy: {
        id: 'venue',
        platformFeeBps: 400,
        processingFeeBps: 100,
        processingFeeFixedCents: 45,
        taxBps: 1_025,
      },
      policyIds: ['venue', 'region', 'tenant'],
    });
  });

  it.each<readonly [string, Partial<PricingPolicyRow>]>([
    ['platform fee', { platformFeeBps: 1 }],
    ['processing fee', { processingFeeBps: 1 }],
    ['fixed fee', { processingFeeFixed: { USD: 1 } }],
    ['tax', { taxBps: 1 }],
  ])('name a row that gave nothing but the %s', (_name, component) => {
    const resolved = resolve([aRow({ id: 'only', ...component })]);
    expect(resolved.policyIds).toEqual(['only']);
    expect(resolved.policy.id).toBe('only');
  });

  it('take a rate of 0 as a rate, not as a missing one', () => {
    const zero = aRow({
      platformFeeBps: 0,
      processingFeeBps: 0,
      processingFeeFixed: { USD: 0 },
      taxBps: 0,
    });
    expect(resolve([zero]).policy).toEqual({
      id: 'row',
      platformFeeBps: 0,
      processingFeeBps: 0,
      processingFeeFixedCents: 0,
      taxBps: 0,
    });
  });

  it('leave the fixed fee of a currency a row does not list to the next row, then to the configuration', () => {
    const venue = aRow({ id: 'venue', scope: { venueId: 'venue-1' }, processingFeeFixed: { EUR: 20 } });
    const tenant = aRow({ id: 'tenant', processingFeeFixed: { USD: 25 } });
    expect(resolve([venue, tenant]).policy.processingFeeFixedCents).toBe(25);
    expect(resolve([venue, tenant]).policyIds).toEqual(['tenant']);
    expect(resolve([venue]).policy.processingFeeFixedCents).toBe(30);
    expect(resolve([venue, tenant], { currency: 'EUR' }).policy.processingFeeFixedCents).toBe(20);
  });
});

describe('which rows count', () => {
  it.each<readonly [string, PricingPolicyRow['scope']]>([
    ['another venue', { venueId: 'venue-2' }],
    ['another country', { country: 'CA' }],
    ['another region', { country: 'US', region: 'OR' }],
    ['the same region of another country', { country: 'AU', region: 'WA' }],
    ['a region without its country', { region: 'WA' }],
    ['this venue, should it stand in another country', { venueId: 'venue-1', country: 'CA' }],
  ])('not one for %s', (_name, scope) => {
    expect(resolve([aRow({ scope, taxBps: 1 })]).policy.taxBps).toBe(800);
  });

  it('one whose country and region are written in another case', () => {
    const row = aRow({ scope: { country: 'us', region: 'wa' }, taxBps: 1_025 });
    expect(resolve([row]).policy.taxBps).toBe(1_025);
    const venue = { id: 'venue-1', country: 'us', region: 'Wa' };
    expect(resolve([REGION], { venue }).policy.taxBps).toBe(2);
  });

  it('not one for a country or region when the venue names none', () => {
    const venue = { id: 'venue-9', country: null, region: null };
    expect(resolve([REGION, COUNTRY, TENANT], { venue }).policyIds).toEqual(['tenant']);
  });

  it.each<readonly [string, string, string | null, number]>([
    ['from its first instant on', '2026-05-01T12:00:00.000Z', null, 1],
    ['not a millisecond before it', '2026-05-01T12:00:00.001Z', null, 800],
    ['to the last millisecond before its end', '2026-01-01T00:00:00.000Z', '2026-05-01T12:00:00.001Z', 1],
    ['not at its end', '2026-01-01T00:00:00.000Z', '2026-05-01T12:00:00.000Z', 800],
  ])('%s', (_name, effectiveFrom, effectiveTo, taxBps) => {
    const row = aRow({
      effectiveFrom: new Date(effectiveFrom),
      effectiveTo: effectiveTo === null ? null : new Date(effectiveTo),
      taxBps: 1,
    });
    expect(resolve([row]).policy.taxBps).toBe(taxBps);
  });

  it('of two equally specific ones the one effective since later', () => {
    const older = aRow({ id: 'z', taxBps: 1 });
    const newer = aRow({ id: 'a', taxBps: 2, effectiveFrom: new Date('2026-02-01T00:00:00.000Z') });
    expect(resolve([older, newer]).policy.taxBps).toBe(2);
    expect(resolve([newer, older]).policy.taxBps).toBe(2);
  });

  it('of two effective since the same instant always the one whose id sorts last', () => {
    const one = aRow({ id: '018f-1', taxBps: 1 });
    const other = aRow({ id: '018f-2', taxBps: 2 });
    expect(resolve([one, other]).policy.taxBps).toBe(2);
    expect(resolve([other, one]).policy.taxBps).toBe(2);
  });

  it('a more specific one even when a broader one is newer', () => {
    const newer = aRow({ id: 'tenant', taxBps: 4, effectiveFrom: new Date('2026-04-01T00:00:00.000Z') });
    expect(resolve([newer, COUNTRY]).policy.taxBps).toBe(3);
  });
});
