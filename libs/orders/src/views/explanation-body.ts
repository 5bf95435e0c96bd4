import { currentPayment, type Order } from '../domain/order.js';
import type { OrderRefund } from '../domain/refund.js';
import type { EffectRecord } from '../persistence/effect-records.store.js';
import type { HistoryFact, LatePaymentFact, MessageFact } from '../persistence/explanation.store.js';
import type { Finding } from '../persistence/findings.store.js';
import { effectBody, type EffectBody } from './effect-body.js';
import { findingBody, type FindingBody } from './finding-body.js';
import { nextSteps } from './next-steps.js';
import { orderBody, type OrderBody } from './order-body.js';
import { refundBody, type RefundBody } from './refund-body.js';

export const TIMELINE_SOURCES = ['history', 'call', 'message', 'finding'] as const;

export interface TimelineEntry {
  readonly at: string;
  readonly source: (typeof TIMELINE_SOURCES)[number];
  /** One sentence. */
  readonly what: string;
  readonly by: string | null;
  readonly requestId: string | null;
}

export interface ExplainedMessage {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly createdAt: string;
  readonly position: number | null;
  readonly attempts: number;
  readonly publishedAt: string | null;
}

export interface ExplainedPayment {
  readonly paymentIntentId: string;
  readonly generation: number;
  readonly status: 'open' | 'succeeded' | 'canceled';
  readonly amountCents: number;
  readonly receivedCents: number;
  readonly refundReservedCents: number;
  readonly currency: string;
  readonly isCurrent: boolean;
}

export interface ExplainedLatePayment {
  readonly paymentIntentId: string;
  readonly outcome: string;
  readonly orderStatus: string;
  readonly receivedCents: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ExplainedRefund extends RefundBody {
  readonly kind: 'units' | 'goodwill' | 'payment';
  readonly paymentIntentId: string;
  /** What the refund policy said when it was asked for; null where no policy decided. */
  readonly policyClause: string | null;
  readonly requestedBy: string;
}

/** Everything that is known of an order, for an admin who has to explain it to somebody. */
export interface ExplanationBody {
  readonly order: OrderBody;
  readonly next: readonly string[];
  readonly timeline: readonly TimelineEntry[];
  readonly calls: readonly EffectBody[];
  readonly messages: readonly ExplainedMessage[];
  readonly payments: readonly ExplainedPayment[];
  readonly latePayments: readonly ExplainedLatePayment[];
  readonly refunds: readonly ExplainedRefund[];
  readonly findings: readonly FindingBody[];
}

export interface ExplanationFacts {
  readonly order: Order;
  readonly now: Date;
  readonly history: readonly HistoryFact[];
  readonly effects: readonly EffectRecord[];
  readonly messages: readonly MessageFact[];
  readonly latePayments: readonly LatePaymentFact[];
  readonly refunds: readonly OrderRefund[];
  readonly findings: readonly Finding[];
}

export function explanationBody(facts: ExplanationFacts): ExplanationBody {
  const { order, findings } = facts;
  return {
    order: orderBody(order, facts.now),
    next: nextSteps({ ...facts, findings: findings.filter((finding) => finding.state !== 'RESOLVED') }),
    timeline: timelineOf(facts),
    calls: facts.effects.map(effectBody),
    messages: facts.messages.map((message) => ({
      ...message,
      createdAt: message.createdAt.toISOString(),
      publishedAt: message.publishedAt?.toISOString() ?? null,
    })),
    payments: paymentsOf(order),
    latePayments: facts.latePayments.map((late) => ({
      ...late,
      createdAt: late.createdAt.toISOString(),
      updatedAt: late.updatedAt.toISOString(),
    })),
    refunds: facts.refunds.map((refund) => ({
      ...refundBody(refund),
      kind: refund.kind,
      paymentIntentId: refund.paymentIntentId,
      policyClause: refund.policyClause,
      requestedBy: refund.principal,
    })),
    findings: findings.map(findingBody),
  };
}

function paymentsOf(order: Order): readonly ExplainedPayment[] {
  const current = currentPayment(order);
  // The sealed client secret stays where it is.
  return order.payments.map(({ clientSecretSealed: _sealed, ...payment }) => ({
    ...payment,
    isCurrent: payment.paymentIntentId === current?.paymentIntentId,
  }));
}

/** One line of time through everything; what happened at the same instant stays in the order given here. */
function timelineOf(facts: ExplanationFacts): readonly TimelineEntry[] {
  const entries = [
    ...facts.history.toReversed().map(historyEntry),
    ...facts.effects.flatMap(callEntries),
    ...facts.messages.toReversed().flatMap(messageEntries),
    ...facts.findings.flatMap(findingEntries),
  ];
  return entries.toSorted((a, b) => a.at.localeCompare(b.at));
}

function historyEntry(fact: HistoryFact): TimelineEntry {
  const isMove = fact.fromStatus !== fact.toStatus;
  const move = isMove ? `: ${fact.fromStatus ?? 'nothing'} → ${fact.toStatus ?? 'nothing'}` : '';
  const why = fact.reason === null ? '' : ` (${fact.reason})`;
  return {
    at: fact.at.toISOString(),
    source: 'history',
    what: `${fact.type}${move}${why}`,
    by: `${fact.actorKind}:${fact.actorId}`,
    requestId: fact.requestId,
  };
}

function callEntries(effect: EffectRecord): readonly TimelineEntry[] {
  const entry = (at: Date, what: string): TimelineEntry => ({
    at: at.toISOString(),
    source: 'call',
    what: `${effect.kind} ${what} (${effect.key})`,
    by: null,
    requestId: null,
  });
  const { firstSentAt, finishedAt, state, attempts } = effect;
  return [
    ...(firstSentAt === null ? [] : [entry(firstSentAt, 'was sent for the first time')]),
    ...(finishedAt === null ? [] : [entry(finishedAt, `ended ${state} after ${attempts} attempts`)]),
  ];
}

function messageEntries(message: MessageFact): readonly TimelineEntry[] {
  if (message.publishedAt === null) return [];
  return [
    {
      at: message.publishedAt.toISOString(),
      source: 'message',
      what: `${message.type} (number ${message.sequence}) was published`,
      by: null,
      requestId: null,
    },
  ];
}

function findingEntries(finding: Finding): readonly TimelineEntry[] {
  const entry = (at: Date, what: string, by: string | null): TimelineEntry => ({
    at: at.toISOString(),
    source: 'finding',
    what: `${finding.kind} ${what}`,
    by,
    requestId: null,
  });
  return [
    entry(finding.firstSeenAt, 'was found', null),
    ...(finding.acknowledgedAt === null
      ? []
      : [entry(finding.acknowledgedAt, 'was acknowledged', finding.acknowledgedBy)]),
    ...(finding.resolvedAt === null
      ? []
      : [entry(finding.resolvedAt, `was resolved: ${finding.resolution ?? ''}`, finding.resolvedBy)]),
  ];
}
