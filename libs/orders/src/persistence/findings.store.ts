import { Injectable } from '@nestjs/common';
import { uuidv7 } from '@app/kernel';
import type { Transaction } from '@app/platform';

export interface NewFinding {
  /** A constant of the kind of trouble; a metric label, so never free text. */
  readonly kind: string;
  /** What it is about: an order, an intent, a refund; one open finding per kind and subject. */
  readonly subject: string;
  readonly orderId?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Troubles that the service cannot mend by itself; an operator sees, acknowledges and resolves them. */
@Injectable()
export class FindingsStore {
  async raise(tx: Transaction, finding: NewFinding): Promise<void> {
    await tx.execute(
      `insert into reconciliation_findings as f (tenant_id, id, kind, subject, order_id, details, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, $5, $6, now(), now())
       on conflict (tenant_id, kind, subject) where state <> 'RESOLVED' do update
          set sightings = f.sightings + 1, last_seen_at = now(), details = excluded.details,
              state = case when f.state = 'SEEN_ONCE' then 'OPEN' else f.state end`,
      [
        tx.tenant(),
        uuidv7(tx.now.getTime()),
        finding.kind,
        finding.subject,
        finding.orderId ?? null,
        JSON.stringify(finding.details),
      ],
    );
  }
}
