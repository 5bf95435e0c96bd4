import { Inject, Injectable } from '@nestjs/common';
import { PaymentServiceClient, type PaymentIntent } from '@app/payments';
import { CONFIG, Database, type Config } from '@app/platform';
import { TicketServiceClient, type Reservation } from '@app/tickets';
import { callContext, type AdvanceContext } from '../effects/advance-context.js';
import { MONEY_TROUBLES, paymentState, ticketsState, type Books } from '../domain/reconciliation.js';
import {
  MATRIX_FINDINGS,
  REPAIR_KINDS,
  matrixCell,
  type Cell,
  type PaymentState,
  type Repair,
  type TicketsState,
} from '../domain/reconciliation-matrix.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { ReconciliationStore } from '../persistence/reconciliation.store.js';
import { MendOrder, RECONCILIATION_ACTOR } from './mend-order.js';

/** A repair that did not help this often is an operator's. */
const SIGHTINGS_MAX = 5;
/** However rare the rounds are, after this long something has been seen again. */
const SIGHTING_GAP_MAX_MS = 30_000;

export const MATRIX_KINDS: readonly string[] = [...MATRIX_FINDINGS, ...Object.values(REPAIR_KINDS)];

interface Seen {
  readonly intents: readonly PaymentIntent[];
  readonly reservation: Reservation | null;
}

interface Verdict extends Seen {
  readonly books: Books;
  readonly payment: PaymentState;
  readonly tickets: TicketsState;
  readonly cell: Cell;
}

/** Compares one order with both siblings, and acts on what it has seen twice. */
@Injectable()
export class ExamineOrder {
  constructor(
    private readonly database: Database,
    private readonly store: ReconciliationStore,
    private readonly findings: FindingsStore,
    private readonly paymentService: PaymentServiceClient,
    private readonly ticketService: TicketServiceClient,
    private readonly mendOrder: MendOrder,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** How long after a sighting the next one counts: replicas that look at the same moment have seen it once. */
  get sightingGapMs(): number {
    const { RECONCILIATION_INTERVAL_MS, RECONCILIATION_GRACE_MS } = this.config;
    return Math.min(SIGHTING_GAP_MAX_MS, RECONCILIATION_INTERVAL_MS / 2, RECONCILIATION_GRACE_MS / 2);
  }

  /** @returns whether something was mended */
  async examine(
    order: { readonly tenantId: string; readonly orderId: string },
    context: AdvanceContext,
  ): Promise<boolean> {
    const books = await this.read(order);
    if (books === null) return false;
    const seen = await this.ask(books, context);
    if (seen === null) return false;
    const verdict = judge(books, seen);
    const sighting = await this.record(verdict, context);
    if (sighting === null || sighting.sightings < 2 || !verdict.cell.startsWith('repair:')) return false;
    const repair = verdict.cell.slice('repair:'.length) as Repair;
    return this.mendOrder.mend({ ...verdict, repair, findingId: sighting.id }, context);
  }

  /** Null while the order is on its way somewhere. */
  private read(order: { readonly tenantId: string; readonly orderId: string }): Promise<Books | null> {
    return this.database.transaction({ tenantId: order.tenantId, pool: 'worker' }, async (tx) => {
      if (await this.store.isUnderWay(tx, order.orderId, this.config.RECONCILIATION_GRACE_MS)) return null;
      return (await this.store.books(tx, [order.orderId])).get(order.orderId) ?? null;
    });
  }

  /** Null when a sibling did not give the whole picture: nothing is concluded from silence. */
  private async ask({ order }: Books, context: AdvanceContext): Promise<Seen | null> {
    const call = callContext(order, context);
    const [intents, reservation] = await Promise.all([
      this.paymentService.listIntentsOfOrder(order.id, call),
      this.ticketService.getReservation(order.id, call),
    ]);
    if (intents.kind !== 'done' || intents.body.unreadableCount > 0 || intents.body.nextCursor !== null)
      return null;
    if (reservation.kind === 'refused') return { intents: intents.body.rows, reservation: null };
    if (reservation.kind !== 'done') return null;
    return { intents: intents.body.rows, reservation: reservation.body };
  }

  /** Notes what was seen, or that it is over; what only a person can decide is opened at its second sighting. */
  private record(
    verdict: Verdict,
    context: AdvanceContext,
  ): Promise<{ readonly id: string; readonly sightings: number } | null> {
    const { order } = verdict.books;
    const kind = kindOf(verdict.cell);
    const scope = {
      tenantId: order.tenantId,
      pool: 'worker',
      actor: RECONCILIATION_ACTOR,
      requestId: context.requestId,
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const others = MATRIX_KINDS.filter((other) => other !== kind);
      await this.findings.gone(tx, order.id, others, 'reconciliation no longer sees it');
      if (kind === null) return null;
      const { payment, tickets, cell } = verdict;
      const details = { orderStatus: order.status, payment, tickets };
      const sighting = await this.findings.sight(
        tx,
        { kind, subject: order.id, orderId: order.id, details },
        this.sightingGapMs,
      );
      if (sighting === null) return null;
      const isOperators = cell.startsWith('finding:')
        ? sighting.sightings >= 2
        : sighting.sightings >= SIGHTINGS_MAX;
      if (isOperators) await this.findings.open(tx, sighting.id);
      return sighting;
    });
  }
}

/** While a refund is on its way, only money that is not where it should be is looked at. */
function judge(books: Books, seen: Seen): Verdict {
  const payment = paymentState(books, seen.intents);
  const tickets = ticketsState(books, seen.reservation);
  const isPayingBack = books.refunds.some((refund) => refund.status === 'PENDING');
  const cell =
    isPayingBack && !MONEY_TROUBLES.includes(payment)
      ? 'ok'
      : matrixCell(books.order.status, payment, tickets);
  return { ...seen, books, payment, tickets, cell };
}

function kindOf(cell: Cell): string | null {
  if (cell === 'ok') return null;
  const [what, name] = cell.split(':', 2);
  return what === 'repair' ? REPAIR_KINDS[name as Repair] : (name ?? null);
}
