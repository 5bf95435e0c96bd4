import {
  applicableRefundRule,
  DEFAULT_REFUND_POLICY,
  resolveRefundPolicy,
  type RefundPolicy,
  type RefundPolicyRow,
} from './refund-policy.js';
import { NOON } from './testing/builders.js';

const START = new Date('2026-06-01T20:00:00.000Z');
const HOUR_MS = 3_600_000;

function at(hoursBeforeStart: number, offsetMs = 0): Date {
  return new Date(START.getTime() - hoursBeforeStart * HOUR_MS + offsetMs);
}

function aPolicy(overrides: Partial<RefundPolicy> = {}): RefundPolicy {
  return {
    id: 'policy-1',
    rules: [
      { hoursBeforeStart: 168, refundBps: 10_000 },
      { hoursBeforeStart: 48, refundBps: 5_000 },
    ],
    refundsPlatformFee: true,
    refundsProcessingFee: true,
    refundsTax: true,
    ...overrides,
  };
}

function bpsAt(policy: RefundPolicy, now: Date): number {
  return applicableRefundRule(policy, { now, eventStartsAt: START, eventCancelled: false }).refundBps;
}

function clauseAt(policy: RefundPolicy, now: Date): string {
  return applicableRefundRule(policy, { now, eventStartsAt: START, eventCancelled: false }).clause;
}

describe('the default refund policy', () => {
  it('pays everything back up to the instant 24 h before the start', () => {
    const moment = { now: at(24), eventStartsAt: START, eventCancelled: false };
    expect(applicableRefundRule(DEFAULT_REFUND_POLICY, moment)).toEqual({
      refundBps: 10_000,
      components: { platformFee: true, processingFee: true, tax: true },
      clause: '100 % is paid back until 24 h before the event starts',
    });
  });

  it('pays nothing back from the next millisecond on', () => {
    const moment = { now: at(24, 1), eventStartsAt: START, eventCancelled: false };
    expect(applicableRefundRule(DEFAULT_REFUND_POLICY, moment)).toEqual({
      refundBps: 0,
      components: { platformFee: true, processingFee: true, tax: true },
      clause: 'nothing is paid back later than 24 h before the event starts',
    });
  });
});

describe('a policy of several rules', () => {
  it.each<readonly [string, Date, number]>([
    ['long before', at(1_000), 10_000],
    ['in the last instant of the first rule', at(168), 10_000],
    ['right after the first rule', at(168, 1), 5_000],
    ['in the last instant of the second rule', at(48), 5_000],
    ['right after the last rule', at(48, 1), 0],
    ['after the start', at(-1), 0],
  ])('applies the earliest rule that has not passed: %s', (_name, now, refundBps) => {
    expect(bpsAt(aPolicy(), now)).toBe(refundBps);
    expect(bpsAt(aPolicy({ rules: aPolicy().rules.toReversed() }), now)).toBe(refundBps);
  });

  it('names as its end the last rule, in whatever order they are written', () => {
    const clause = 'nothing is paid back later than 48 h before the event starts';
    expect(clauseAt(aPolicy(), at(1))).toBe(clause);
    expect(clauseAt(aPolicy({ rules: aPolicy().rules.toReversed() }), at(1))).toBe(clause);
  });

  it('takes a 0 % rule at its word instead of looking on', () => {
    const policy = aPolicy({
      rules: [
        { hoursBeforeStart: 72, refundBps: 0 },
        { hoursBeforeStart: 24, refundBps: 5_000 },
      ],
    });
    expect(bpsAt(policy, at(100))).toBe(0);
    expect(clauseAt(policy, at(100))).toBe('nothing is paid back until 72 h before the event starts');
    expect(bpsAt(policy, at(30))).toBe(5_000);
  });

  it('decides for the buyer between two rules of the same hour', () => {
    const rules = [
      { hoursBeforeStart: 24, refundBps: 2_500 },
      { hoursBeforeStart: 24, refundBps: 7_500 },
    ];
    expect(bpsAt(aPolicy({ rules }), at(25))).toBe(7_500);
    expect(bpsAt(aPolicy({ rules: rules.toReversed() }), at(25))).toBe(7_500);
  });

  it('can pay back until the start, and after it', () => {
    const untilStart = aPolicy({ rules: [{ hoursBeforeStart: 0, refundBps: 5_000 }] });
    expect(bpsAt(untilStart, START)).toBe(5_000);
    expect(bpsAt(untilStart, at(0, 1))).toBe(0);
    expect(clauseAt(untilStart, START)).toBe('50 % is paid back until the start of the event');
    const afterStart = aPolicy({ rules: [{ hoursBeforeStart: -2, refundBps: 1_250 }] });
    expect(bpsAt(afterStart, at(-2))).toBe(1_250);
    expect(clauseAt(afterStart, at(-2))).toBe('12.5 % is paid back until 2 h after the event starts');
    expect(clauseAt(afterStart, at(-3))).toBe('nothing is paid back later than 2 h after the event starts');
  });

  it('of no rules never pays anything back', () => {
    expect(bpsAt(aPolicy({ rules: [] }), at(1_000))).toBe(0);
    expect(clauseAt(aPolicy({ rules: [] }), at(1_000))).toBe('nothing is paid back');
  });
});

describe('what a policy keeps', () => {
  it('is named in the clause', () => {
    const policy = aPolicy({ refundsPlatformFee: false, refundsProcessingFee: false, refundsTax: false });
    const moment = { now: at(200), eventStartsAt: START, eventCancelled: false };
    expect(applicableRefundRule(policy, moment)).toEqual({
      refundBps: 10_000,
      components: { platformFee: false, processingFee: false, tax: false },
      clause:
        '100 % is paid back until 168 h before the event starts, without the platform fee and the processing fee and the tax',
    });
  });

  it.each<readonly [string, Partial<RefundPolicy>, string]>([
    ['the platform fee', { refundsPlatformFee: false }, ', without the platform fee'],
    ['the processing fee', { refundsProcessingFee: false }, ', without the processing fee'],
    ['the tax', { refundsTax: false }, ', without the tax'],
    ['nothing', {}, ''],
  ])('can be %s alone', (_name, overrides, ending) => {
    expect(clauseAt(aPolicy(overrides), at(200))).toBe(
      `100 % is paid back until 168 h before the event starts${ending}`,
    );
  });

  it('is nothing when the event is called off, however late and whatever the rules say', () => {
    const policy = aPolicy({
      rules: [],
      refundsPlatformFee: false,
      refundsProcessingFee: false,
      refundsTax: false,
    });
    const moment = { now: at(-100), eventStartsAt: START, eventCancelled: true };
    expect(applicableRefundRule(policy, moment)).toEqual({
      refundBps: 10_000,
      components: { platformFee: true, processingFee: true, tax: true },
      clause: 'everything is paid back because the event was called off',
    });
  });
});

describe('which refund policy an order was bought under', () => {
  function aRow(overrides: Partial<RefundPolicyRow>): RefundPolicyRow {
    return {
      ...aPolicy(),
      id: 'row',
      tenantId: 'tenant-1',
      eventId: null,
      effectiveFrom: new Date('2026-01-01T00:00:00.000Z'),
      effectiveTo: null,
      ...overrides,
    };
  }

  function resolvedId(...rows: readonly RefundPolicyRow[]): string | null {
    return resolveRefundPolicy({ rows, eventId: 'event-1', purchasedAt: NOON }).id;
  }

  it('is the default where there is no row', () => {
    expect(resolveRefundPolicy({ rows: [], eventId: 'event-1', purchasedAt: NOON })).toEqual({
      id: null,
      rules: [{ hoursBeforeStart: 24, refundBps: 10_000 }],
      refundsPlatformFee: true,
      refundsProcessingFee: true,
      refundsTax: true,
    });
  });

  it('is the row with its terms and without its version', () => {
    const row = aRow({ rules: [], refundsPlatformFee: false, refundsTax: false });
    expect(resolveRefundPolicy({ rows: [row], eventId: 'event-1', purchasedAt: NOON })).toEqual({
      id: 'row',
      rules: [],
      refundsPlatformFee: false,
      refundsProcessingFee: true,
      refundsTax: false,
    });
  });

  it("is the event's own before the tenant's, even when that is newer", () => {
    const own = aRow({ id: 'own', eventId: 'event-1' });
    const tenant = aRow({ id: 'tenant', effectiveFrom: new Date('2026-04-01T00:00:00.000Z') });
    expect(resolvedId(own, tenant)).toBe('own');
    expect(resolvedId(tenant, own)).toBe('own');
  });

  it("is never another event's", () => {
    expect(resolvedId(aRow({ eventId: 'event-2' }))).toBeNull();
  });

  it('is the newest version that was effective at the purchase', () => {
    const old = aRow({ id: 'old' });
    const newer = aRow({ id: 'newer', effectiveFrom: NOON });
    const later = aRow({ id: 'later', effectiveFrom: new Date('2026-05-01T12:00:00.001Z') });
    const ended = aRow({ id: 'ended', effectiveFrom: NOON, effectiveTo: NOON });
    expect(resolvedId(old, newer, later, ended)).toBe('newer');
    expect(resolvedId(ended, later, newer, old)).toBe('newer');
  });
});
