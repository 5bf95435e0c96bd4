export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** A privileged action as admins see it. */
export interface AuditLogBody {
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly kind: 'user' | 'service' | 'system'; readonly id: string };
  readonly action: string;
  readonly subject: string;
  readonly outcome: AuditOutcome;
  readonly code: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}
