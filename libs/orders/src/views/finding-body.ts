import type { Finding } from '../persistence/findings.store.js';

export const FINDING_STATES = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** The kind of finding that holds money until an operator decides. */
export const HELD_PAYMENT_KIND = 'payment_under_review';

/** A finding as admins see it. */
export interface FindingBody {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly orderId: string | null;
  readonly state: FindingState;
  readonly sightings: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: string | null;
  readonly resolvedBy: string | null;
  readonly resolution: string | null;
  readonly allowedActions: readonly string[];
}

export function findingBody(finding: Finding): FindingBody {
  return {
    id: finding.id,
    kind: finding.kind,
    subject: finding.subject,
    orderId: finding.orderId,
    state: finding.state === 'SEEN_ONCE' ? 'OPEN' : finding.state,
    sightings: finding.sightings,
    details: finding.details,
    firstSeenAt: finding.firstSeenAt.toISOString(),
    lastSeenAt: finding.lastSeenAt.toISOString(),
    acknowledgedAt: finding.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: finding.acknowledgedBy,
    resolvedAt: finding.resolvedAt?.toISOString() ?? null,
    resolvedBy: finding.resolvedBy,
    resolution: finding.resolution,
    allowedActions: actionsOf(finding),
  };
}

function actionsOf(finding: Finding): readonly string[] {
  if (finding.state === 'RESOLVED') return [];
  return [
    ...(finding.state === 'OPEN' ? ['acknowledge'] : []),
    'resolve',
    ...(finding.kind === HELD_PAYMENT_KIND ? ['recover', 'refund'] : []),
  ];
}
