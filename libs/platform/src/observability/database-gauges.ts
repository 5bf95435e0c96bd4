import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { CONFIG, type Config } from '../config/config-table.js';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/transaction.js';
import { readAges, type AgeReadings } from './age-readings.js';
import { Metrics, type GaugeReading } from './metrics.js';

/** However many scrapers there are, the database is asked this often at most. */
const FRESH_MS = 5 * SECOND_MS;
const STATEMENT_TIMEOUT_MS = SECOND_MS;

interface Figures {
  readonly activeReservations: number;
  readonly outboxPending: number;
  readonly outboxOldestAgeSeconds: number;
  readonly effectsPending: readonly KindCount[];
  readonly findings: readonly KindCount[];
  readonly ages: AgeReadings;
}

interface KindCount {
  readonly kind: string;
  readonly count: number;
}

interface OutboxFigures {
  readonly pending: number;
  readonly oldestAgeSeconds: number;
}

/** Gauges that are read from the database, of all tenants, so that every replica shows the same figures. */
@Injectable()
export class DatabaseGauges implements OnModuleInit {
  private figures: Promise<Figures> | undefined;
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.metrics.collect('active_reservations', async () => single((await this.fresh()).activeReservations));
    this.metrics.collect('outbox_pending', async () => single((await this.fresh()).outboxPending));
    this.metrics.collect('outbox_oldest_age_seconds', async () =>
      single((await this.fresh()).outboxOldestAgeSeconds),
    );
    this.metrics.collect('effects_pending', async () => byKind((await this.fresh()).effectsPending));
    this.metrics.collect('reconciliation_findings', async () => byKind((await this.fresh()).findings));
    this.collectAges();
  }

  /** What waits, by how long: nobody counts orders, but everybody who waits for money counts hours. */
  private collectAges(): void {
    const ages = async (): Promise<AgeReadings> => (await this.fresh()).ages;
    this.metrics.collect('effects_parked', async () =>
      (await ages()).effects.map(({ kind, parked }) => ({ labels: { kind }, value: parked })),
    );
    this.metrics.collect('effects_oldest_age_seconds', async () =>
      (await ages()).effects.map(({ kind, oldestAgeSeconds }) => ({
        labels: { kind },
        value: oldestAgeSeconds,
      })),
    );
    this.metrics.collect('refunds_pending_oldest_age_seconds', async () =>
      single((await ages()).oldestRefundAgeSeconds),
    );
    this.metrics.collect('operations_oldest_age_seconds', async () =>
      (await ages()).operations.map(({ op, oldestAgeSeconds }) => ({
        labels: { op },
        value: oldestAgeSeconds,
      })),
    );
    this.metrics.collect('orders_overdue_oldest_age_seconds', async () =>
      single((await ages()).longestOverdueSeconds),
    );
  }

  /** One transaction for all gauges of a scrape, shared with scrapes shortly after; a failure is not kept. */
  private fresh(): Promise<Figures> {
    const nowMs = this.clock.monotonicMs();
    if (this.figures === undefined || nowMs - this.readAtMs >= FRESH_MS) {
      this.readAtMs = nowMs;
      const figures = this.read();
      this.figures = figures;
      figures.catch(() => {
        if (this.figures === figures) this.figures = undefined;
      });
    }
    return this.figures;
  }

  private read(): Promise<Figures> {
    return this.database.transaction(
      { tenantId: null, role: 'worker', pool: 'worker', statementTimeoutMs: STATEMENT_TIMEOUT_MS },
      async (tx) => {
        const outbox =
          this.config.RABBITMQ_URL === '' ? { pending: 0, oldestAgeSeconds: 0 } : await readOutbox(tx);
        return {
          activeReservations: await countReservations(tx),
          outboxPending: outbox.pending,
          outboxOldestAgeSeconds: outbox.oldestAgeSeconds,
          effectsPending: await countEffects(tx),
          findings: await countFindings(tx),
          ages: await readAges(tx),
        };
      },
    );
  }
}

async function countReservations(tx: Transaction): Promise<number> {
  // Every RESERVED order has a deadline, and the index on deadlines is partial.
  const { count } = await tx.one<{ count: number }>(
    `select count(*)::int as count
       from orders
      where status = 'RESERVED'
        and expires_at is not null`,
  );
  return count;
}

/** Two counts, because each of the two conditions has a partial index of its own. */
async function readOutbox(tx: Transaction): Promise<OutboxFigures> {
  const row = await tx.one<OutboxFigures>(
    `select (coalesce(sum(pending), 0))::int as pending,
            coalesce(greatest(extract(epoch from now() - min(oldest)), 0), 0)::float8 as "oldestAgeSeconds"
       from (
         select count(*) as pending, min(created_at) as oldest
           from outbox
          where position is null
         union all
         select count(*), min(created_at)
           from outbox
          where position is not null
            and published_at is null
       ) unsent`,
  );
  return { pending: row.pending, oldestAgeSeconds: row.oldestAgeSeconds };
}

function countEffects(tx: Transaction): Promise<readonly KindCount[]> {
  return tx.query<KindCount>(
    `select kind, count(*)::int as count
       from order_effects
      where state = 'pending'
      group by kind`,
  );
}

function countFindings(tx: Transaction): Promise<readonly KindCount[]> {
  return tx.query<KindCount>(
    `select kind, count(*)::int as count
       from reconciliation_findings
      where state in ('OPEN', 'ACKNOWLEDGED')
      group by kind`,
  );
}

/** The gauges that are one figure. */
type PlainGauge =
  | 'active_reservations'
  | 'outbox_pending'
  | 'outbox_oldest_age_seconds'
  | 'refunds_pending_oldest_age_seconds'
  | 'orders_overdue_oldest_age_seconds';

function single(value: number): readonly GaugeReading<PlainGauge>[] {
  return [{ labels: {}, value }];
}

function byKind(
  counts: readonly KindCount[],
): readonly GaugeReading<'effects_pending' | 'reconciliation_findings'>[] {
  return counts.map(({ kind, count }) => ({ labels: { kind }, value: count }));
}
