import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  CLOCK,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  isUuid,
  uuidv7,
  type Clock,
} from '@app/kernel';
import { PaymentServiceClient, type ListedIntent } from '@app/payments';
import { CONFIG, Database, type CallContext, type Config, type Outcome, type WirePage } from '@app/platform';
import { TicketServiceClient, type Reservation } from '@app/tickets';
import { intentState, orphanOf, ticketsState, type Books } from '../domain/reconciliation.js';
import {
  ORPHANS,
  areTicketsPlausible,
  isPaymentPlausible,
  type Orphan,
} from '../domain/reconciliation-matrix.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { ReconciliationStore, type ChangedOrder } from '../persistence/reconciliation.store.js';
import { ExamineOrder, MATRIX_KINDS } from './examine-order.js';
import { RECONCILIATION_ACTOR } from './mend-order.js';
import { ReconciliationRound, SUSPECTS_MAX } from './reconciliation-round.js';

/** At least this far back looks the frequent round, so that a missed one or two leave no hole. */
const RECENT_MIN_MS = 10 * MINUTE_MS;
const DAY_WINDOW_MS = DAY_MS + HOUR_MS;
const PAGES_MAX = 20_000;
const PAGE_ROWS = 500;
const EXAMINED_AT_ONCE = 6;
const CALL_DEADLINE_MS = 10 * SECOND_MS;

/**
 * What the reconciliation jobs do: look from both sides for orders, payments and tickets that contradict each other.
 * The lists of the siblings are read first and cheaply; only what looks wrong, or was not listed at all, is examined.
 */
@Injectable()
export class ReconcileOrders {
  constructor(
    private readonly database: Database,
    private readonly store: ReconciliationStore,
    private readonly findings: FindingsStore,
    private readonly paymentService: PaymentServiceClient,
    private readonly ticketService: TicketServiceClient,
    private readonly examineOrder: ExamineOrder,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What changed lately. @returns how many orders were mended */
  recent(): Promise<number> {
    const { RECONCILIATION_INTERVAL_MS, RECONCILIATION_GRACE_MS } = this.config;
    return this.reconcile(
      Math.min(
        DAY_WINDOW_MS,
        Math.max(RECENT_MIN_MS, 3 * (RECONCILIATION_INTERVAL_MS + RECONCILIATION_GRACE_MS)),
      ),
    );
  }

  /** What changed within the last day. @returns how many orders were mended */
  lastDay(): Promise<number> {
    return this.reconcile(DAY_WINDOW_MS);
  }

  /** @throws UPSTREAM_UNAVAILABLE when a sibling does not list what it has: then nothing is concluded */
  private async reconcile(windowMs: number): Promise<number> {
    const round = new ReconciliationRound(`reconciliation-${uuidv7()}`, windowMs);
    await this.addUnresolved(round);
    await this.readList(
      round,
      'payment-service',
      (query, call) => this.paymentService.listIntents(query, call),
      (tenantId, rows) => this.compareIntents(round, tenantId, rows),
    );
    await this.readList(
      round,
      'ticket-service',
      (query, call) => this.ticketService.listReservations(query, call),
      (tenantId, rows) => this.compareReservations(round, tenantId, rows),
    );
    await this.addOwn(round);
    return this.examineAll(round);
  }

  /** What was seen before is looked at again, however long ago the order changed. */
  private async addUnresolved(round: ReconciliationRound): Promise<void> {
    const rows = await this.database.transaction({ tenantId: null, role: 'worker', pool: 'worker' }, (tx) =>
      this.store.unresolved(tx, MATRIX_KINDS, SUSPECTS_MAX / 2),
    );
    for (const row of rows) round.suspect(row);
  }

  private async readList<T extends { readonly tenantId: string; readonly orderId: string }>(
    round: ReconciliationRound,
    upstream: 'payment-service' | 'ticket-service',
    list: (
      query: { readonly updatedSince: string; readonly cursor?: string },
      call: CallContext,
    ) => Promise<Outcome<WirePage<T>>>,
    compare: (tenantId: string, rows: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const updatedSince = new Date(this.clock.now().getTime() - round.windowMs).toISOString();
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const outcome = await list(
        { updatedSince, ...(cursor === null ? {} : { cursor }) },
        {
          tenantId: null,
          requestId: round.requestId,
          deadlineAtMs: this.clock.monotonicMs() + CALL_DEADLINE_MS,
        },
      );
      if (outcome.kind !== 'done')
        throw new AppError('UPSTREAM_UNAVAILABLE', { upstream }, { members: { upstream } });
      const rows = outcome.body.rows.filter((row) => isUuid(row.tenantId) && isUuid(row.orderId));
      for (const tenantId of new Set(rows.map((row) => row.tenantId)))
        await compare(
          tenantId,
          rows.filter((row) => row.tenantId === tenantId),
        );
      cursor = outcome.body.nextCursor;
      if (cursor === null) return;
    }
  }

  private async compareIntents(
    round: ReconciliationRound,
    tenantId: string,
    intents: readonly ListedIntent[],
  ): Promise<void> {
    const books = await this.booksOf(tenantId, intents);
    for (const intent of intents) {
      const known = books.get(intent.orderId.toLowerCase());
      if (known === undefined) {
        await this.orphan(round, tenantId, orphanOf(intent), intent.paymentIntentId, {
          orderId: intent.orderId,
          receivedCents: intent.amountReceivedCents,
          refundedCents: intent.refundedCents,
          currency: intent.currency,
        });
        continue;
      }
      round.remember(round.seenIntents, intent.paymentIntentId);
      if (!isPaymentPlausible(known.order.status, intentState(known, intent)))
        round.suspect({ tenantId, orderId: known.order.id });
    }
  }

  private async compareReservations(
    round: ReconciliationRound,
    tenantId: string,
    rows: readonly Reservation[],
  ): Promise<void> {
    const books = await this.booksOf(tenantId, rows);
    for (const reservation of rows) {
      const known = books.get(reservation.orderId.toLowerCase());
      if (known === undefined) {
        const isLive = reservation.status === 'HELD' || reservation.status === 'ISSUED';
        await this.orphan(round, tenantId, isLive ? 'tickets-live' : 'tickets-over', reservation.orderId, {
          status: reservation.status,
        });
        continue;
      }
      round.remember(round.seenReservations, known.order.id);
      if (!areTicketsPlausible(known.order.status, ticketsState(known, reservation)))
        round.suspect({ tenantId, orderId: known.order.id });
    }
  }

  private booksOf(
    tenantId: string,
    rows: readonly { readonly orderId: string }[],
  ): Promise<ReadonlyMap<string, Books>> {
    const orderIds = [...new Set(rows.map((row) => row.orderId.toLowerCase()))];
    return this.database.transaction({ tenantId, pool: 'worker' }, (tx) => this.store.books(tx, orderIds));
  }

  private async orphan(
    round: ReconciliationRound,
    tenantId: string,
    orphan: Orphan,
    subject: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const kind = ORPHANS[orphan];
    if (kind === null) return;
    const scope = {
      tenantId,
      pool: 'worker',
      actor: RECONCILIATION_ACTOR,
      requestId: round.requestId,
    } as const;
    await this.database.transaction(scope, async (tx) => {
      const sighting = await this.findings.sight(
        tx,
        { kind, subject, details },
        this.examineOrder.sightingGapMs,
      );
      if (sighting !== null && sighting.sightings >= 2) await this.findings.open(tx, sighting.id);
    });
  }

  /** Our side: orders with news of which a sibling has listed nothing. */
  private async addOwn(round: ReconciliationRound): Promise<void> {
    const scope = { tenantId: null, role: 'worker', pool: 'worker' } as const;
    const unnumbered = await this.database.transaction(scope, (tx) =>
      this.store.changedUnnumbered(tx, round.windowMs, PAGE_ROWS * 10),
    );
    for (const row of unnumbered) round.suspectUnlisted(row);
    let position: string | null = null;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const rows: readonly (ChangedOrder & { readonly position: string })[] = await this.database.transaction(
        scope,
        (tx) => this.store.changedBefore(tx, position, round.windowMs, PAGE_ROWS),
      );
      for (const row of rows) round.suspectUnlisted(row);
      if (rows.length < PAGE_ROWS) return;
      position = rows.at(-1)?.position ?? null;
    }
  }

  /** One order's trouble stops no other. */
  private async examineAll(round: ReconciliationRound): Promise<number> {
    const queue = round.suspects.values();
    const errors: unknown[] = [];
    let mended = 0;
    const lane = async (): Promise<void> => {
      for (const suspect of queue) {
        const context = {
          requestId: round.requestId,
          deadlineAtMs: this.clock.monotonicMs() + CALL_DEADLINE_MS,
        };
        try {
          if (await this.examineOrder.examine(suspect, context)) mended += 1;
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: EXAMINED_AT_ONCE }, lane));
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} orders could not be reconciled`);
    return mended;
  }
}
