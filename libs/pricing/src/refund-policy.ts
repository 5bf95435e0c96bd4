import { BPS_MAX, HOUR_MS } from '@app/kernel';
import { byNewestVersion, isEffective, type PolicyVersion } from './policy-version.js';

export interface RefundRule {
  /** The rule holds until this many hours before the event starts; negative: after it. */
  readonly hoursBeforeStart: number;
  readonly refundBps: number;
}

interface RefundTerms {
  readonly rules: readonly RefundRule[];
  readonly refundsPlatformFee: boolean;
  readonly refundsProcessingFee: boolean;
  readonly refundsTax: boolean;
}

export interface RefundPolicy extends RefundTerms {
  /** null: the default policy of this service. */
  readonly id: string | null;
}

export interface RefundPolicyRow extends PolicyVersion, RefundTerms {
  readonly tenantId: string;
  /** null: every event of the tenant. */
  readonly eventId: string | null;
}

/** Which components beside the discounted price are paid back. */
export interface RefundComponents {
  readonly platformFee: boolean;
  readonly processingFee: boolean;
  readonly tax: boolean;
}

export interface ApplicableRefundRule {
  readonly refundBps: number;
  readonly components: RefundComponents;
  /** The rule in words, to complete "this order's refund policy: …". */
  readonly clause: string;
}

export interface RefundMoment {
  readonly now: Date;
  readonly eventStartsAt: Date;
  readonly eventCancelled: boolean;
}

/** Everything back, fees included, until 24 h before the start; nothing later. */
export const DEFAULT_REFUND_POLICY: RefundPolicy = {
  id: null,
  rules: [{ hoursBeforeStart: 24, refundBps: BPS_MAX }],
  refundsPlatformFee: true,
  refundsProcessingFee: true,
  refundsTax: true,
};

/**
 * The policy an order was bought under: the event's own before the tenant's, the version effective at the
 * purchase, and the default where there is none.
 */
export function resolveRefundPolicy(question: {
  readonly rows: readonly RefundPolicyRow[];
  readonly eventId: string;
  readonly purchasedAt: Date;
}): RefundPolicy {
  const [winner] = question.rows
    .filter(
      (row) =>
        isEffective(row, question.purchasedAt) && (row.eventId === null || row.eventId === question.eventId),
    )
    .toSorted((a, b) => Number(b.eventId !== null) - Number(a.eventId !== null) || byNewestVersion(a, b));
  if (winner === undefined) return DEFAULT_REFUND_POLICY;
  const { id, rules, refundsPlatformFee, refundsProcessingFee, refundsTax } = winner;
  return { id, rules, refundsPlatformFee, refundsProcessingFee, refundsTax };
}

/**
 * What the policy pays back at this moment. The earliest rule whose time has not passed applies, its last
 * instant included; after the last one nothing is paid back. A called-off event pays everything back.
 */
export function applicableRefundRule(policy: RefundPolicy, moment: RefundMoment): ApplicableRefundRule {
  if (moment.eventCancelled) {
    return {
      refundBps: BPS_MAX,
      components: { platformFee: true, processingFee: true, tax: true },
      clause: 'everything is paid back because the event was called off',
    };
  }
  const components = {
    platformFee: policy.refundsPlatformFee,
    processingFee: policy.refundsProcessingFee,
    tax: policy.refundsTax,
  };
  const rules = policy.rules.toSorted(
    (a, b) => b.hoursBeforeStart - a.hoursBeforeStart || b.refundBps - a.refundBps,
  );
  const rule = rules.find(({ hoursBeforeStart }) => {
    const deadlineMs = moment.eventStartsAt.getTime() - hoursBeforeStart * HOUR_MS;
    return moment.now.getTime() <= deadlineMs;
  });
  if (rule === undefined) return { refundBps: 0, components, clause: clauseAfter(rules.at(-1)) };
  return { refundBps: rule.refundBps, components, clause: clauseOf(rule, components) };
}

function clauseAfter(lastRule: RefundRule | undefined): string {
  return lastRule === undefined
    ? 'nothing is paid back'
    : `nothing is paid back later than ${inWords(lastRule.hoursBeforeStart)}`;
}

function clauseOf(rule: RefundRule, components: RefundComponents): string {
  const until = inWords(rule.hoursBeforeStart);
  if (rule.refundBps === 0) return `nothing is paid back until ${until}`;
  const kept = [
    components.platformFee ? [] : ['the platform fee'],
    components.processingFee ? [] : ['the processing fee'],
    components.tax ? [] : ['the tax'],
  ].flat();
  const without = kept.length === 0 ? '' : `, without ${kept.join(' and ')}`;
  return `${rule.refundBps / 100} % is paid back until ${until}${without}`;
}

function inWords(hoursBeforeStart: number): string {
  if (hoursBeforeStart > 0) return `${hoursBeforeStart} h before the event starts`;
  return hoursBeforeStart < 0 ? `${-hoursBeforeStart} h after the event starts` : 'the start of the event';
}
