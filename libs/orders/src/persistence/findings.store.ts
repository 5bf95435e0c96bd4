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

  /**
   * Notes that reconciliation has seen something; a row that was seen once is nobody's trouble yet. A sighting counts
   * only `gapMs` after the one before: replicas that look at the same moment have seen it once.
   * @returns how often it was seen, or null when it was seen just now
   */
  async sight(
    tx: Transaction,
    finding: NewFinding,
    gapMs: number,
  ): Promise<{ readonly id: string; readonly sightings: number } | null> {
    const [row] = await tx.query<{ id: string; sightings: number }>(
      `insert into reconciliation_findings as f (tenant_id, id, kind, subject, order_id, details, state, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, $5, $6, 'SEEN_ONCE', now(), now())
       on conflict (tenant_id, kind, subject) where state <> 'RESOLVED' do update
          set sightings = f.sightings + 1, last_seen_at = now(), details = excluded.details
        where f.last_seen_at <= now() - $7 * interval '1 millisecond'
       returning id, sightings`,
      [
        tx.tenant(),
        uuidv7(tx.now.getTime()),
        finding.kind,
        finding.subject,
        finding.orderId ?? null,
        JSON.stringify(finding.details),
        gapMs,
      ],
    );
    return row ?? null;
  }

  /** A sighting becomes an operator's concern. */
  async open(tx: Transaction, findingId: string): Promise<void> {
    await tx.execute(
      `update reconciliation_findings set state = 'OPEN' where tenant_id = $1 and id = $2 and state = 'SEEN_ONCE'`,
      [tx.tenant(), findingId],
    );
  }

  /** What reconciliation does not see any more: a single sighting is forgotten, everything else is resolved. */
  async gone(tx: Transaction, subject: string, kinds: readonly string[], resolution: string): Promise<void> {
    const parameters = [tx.tenant(), subject, kinds];
    await tx.execute(
      `delete from reconciliation_findings
        where tenant_id = $1 and subject = $2 and kind = any ($3) and state = 'SEEN_ONCE' and sightings = 1`,
      parameters,
    );
    await tx.execute(
      `update reconciliation_findings
          set state = 'RESOLVED', resolved_at = now(), resolved_by = 'system:reconciliation', resolution = $4
        where tenant_id = $1 and subject = $2 and kind = any ($3) and state <> 'RESOLVED'`,
      [...parameters, resolution],
    );
  }
}
