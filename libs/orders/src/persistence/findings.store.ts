import { Injectable } from '@nestjs/common';
import { AppError, uuidv7 } from '@app/kernel';
import { FencedOff, type Transaction } from '@app/platform';

export interface NewFinding {
  /** A constant of the kind of trouble; a metric label, so never free text. */
  readonly kind: string;
  /** What it is about: an order, an intent, a refund; one open finding per kind and subject. */
  readonly subject: string;
  readonly orderId?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type FindingState = 'SEEN_ONCE' | 'OPEN' | 'ACKNOWLEDGED' | 'RESOLVED';

export interface Finding {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly orderId: string | null;
  readonly state: FindingState;
  readonly sightings: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly resolution: string | null;
}

const FINDING_SELECT = `
  select id, kind, subject, order_id as "orderId", state, sightings, details, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt",
         acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy", resolved_at as "resolvedAt", resolved_by as "resolvedBy", resolution
    from reconciliation_findings`;

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

  /** Newest first, from before `beforeId`. What was seen once is nobody's trouble yet and is not listed. */
  async list(
    tx: Transaction,
    query: {
      readonly states: readonly FindingState[] | null;
      readonly kind: string | null;
      readonly orderId: string | null;
      readonly beforeId: string | null;
      readonly limit: number;
    },
  ): Promise<readonly Finding[]> {
    return tx.query<Finding>(
      `${FINDING_SELECT}
        where tenant_id = $1 and state <> 'SEEN_ONCE' and ($2::text[] is null or state = any ($2)) and ($3::text is null or kind = $3)
          and ($4::uuid is null or order_id = $4) and ($5::uuid is null or id < $5)
        order by id desc limit $6`,
      [tx.tenant(), query.states, query.kind, query.orderId, query.beforeId, query.limit],
    );
  }

  /** @throws FINDING_NOT_FOUND */
  async get(tx: Transaction, findingId: string, options: { readonly lock?: boolean } = {}): Promise<Finding> {
    const [finding] = await tx.query<Finding>(
      `${FINDING_SELECT} where tenant_id = $1 and id = $2 and state <> 'SEEN_ONCE'${options.lock === true ? ' for update' : ''}`,
      [tx.tenant(), findingId],
    );
    if (finding === undefined) throw new AppError('FINDING_NOT_FOUND');
    return finding;
  }

  async acknowledge(tx: Transaction, findingId: string, by: string): Promise<void> {
    await tx.execute(
      `update reconciliation_findings set state = 'ACKNOWLEDGED', acknowledged_at = now(), acknowledged_by = $3
        where tenant_id = $1 and id = $2 and state = 'OPEN'`,
      [tx.tenant(), findingId, by],
    );
  }

  async resolve(
    tx: Transaction,
    findingId: string,
    by: { readonly resolvedBy: string; readonly resolution: string },
  ): Promise<void> {
    const changed = await tx.execute(
      `update reconciliation_findings set state = 'RESOLVED', resolved_at = now(), resolved_by = $3, resolution = $4
        where tenant_id = $1 and id = $2 and state in ('OPEN', 'ACKNOWLEDGED')`,
      [tx.tenant(), findingId, by.resolvedBy, by.resolution],
    );
    if (changed !== 1) throw new FencedOff(`finding ${findingId} was resolved meanwhile`);
  }

  /** What an operator set right elsewhere is not shown as a trouble any more. */
  async resolveSubject(
    tx: Transaction,
    finding: { readonly kind: string; readonly subject: string },
    by: { readonly resolvedBy: string; readonly resolution: string },
  ): Promise<void> {
    await tx.execute(
      `update reconciliation_findings set state = 'RESOLVED', resolved_at = now(), resolved_by = $4, resolution = $5
        where tenant_id = $1 and kind = $2 and subject = $3 and state <> 'RESOLVED'`,
      [tx.tenant(), finding.kind, finding.subject, by.resolvedBy, by.resolution],
    );
  }
}
