import { Injectable } from '@nestjs/common';
import { Catalogue } from '../catalogue/catalogue.js';
import { Refusal, keyReused } from '../http/refusal.js';
import type { Call } from '../http/sibling-call.js';
import { Ledger, type LedgerOutcome } from '../ledger/ledger.js';
import { PendingWork } from '../pending-work.js';
import { AnswerMemory, type Mutation } from '../state/answer-memory.js';
import { ReservationBook } from './reservation-book.js';
import type { ReserveRequest, ReserveResult } from './reservation-rows.js';
import type { Shortage } from './stock-levels.js';
import type { ReserveBatchBody, ReserveBody } from './tickets.schemas.js';

const SERVICE = 'ticket-service';

type Outcome = ReserveResult | { readonly kind: 'not-found'; readonly ticketTypeIds: readonly string[] };

/** Takes reservations, one by one or in batches, for events with guarded and with unguarded stock. */
@Injectable()
export class ReservationDesk {
  constructor(
    private readonly book: ReservationBook,
    private readonly catalogue: Catalogue,
    private readonly memory: AnswerMemory,
    private readonly ledger: Ledger,
    private readonly pending: PendingWork,
  ) {}

  /** @throws Refusal 404, 409 INSUFFICIENT_TICKETS, 410 RELEASED, 422 KEY_REUSED */
  async reserve(call: Call, body: ReserveBody): Promise<unknown> {
    const mutation: Mutation = { service: SERVICE, operation: 'reserve', call, asked: body };
    try {
      // Only the fingerprint matters here: what this generation got is in the book, and a release closes it.
      this.memory.recall(mutation);
    } catch (error) {
      this.note(call, body, 'refused', 'KEY_REUSED');
      throw error;
    }
    const [outcome] = await this.decide(call, [body]);
    if (outcome === undefined) throw new Error('a reservation was not decided');
    this.noteOutcome(call, body, outcome);
    const answer = answerOf(body, outcome);
    this.memory.keep(mutation, null);
    return answer;
  }

  /** Each element stands for itself and is idempotent by order and generation; the key of the call is ignored. */
  async reserveBatch(call: Call, { reservations }: ReserveBatchBody): Promise<unknown> {
    const outcomes = await this.decide(call, reservations);
    const results = outcomes.map((outcome, index) => {
      const body = reservations[index];
      if (body === undefined) throw new Error('a batch was answered out of order');
      this.noteOutcome({ ...call, key: null }, body, outcome);
      return { orderId: body.orderId, ...elementOf(body, outcome) };
    });
    if (outcomes.some((outcome) => outcome.kind === 'reused')) throw keyReused();
    return { results };
  }

  private async decide(call: Call, bodies: readonly ReserveBody[]): Promise<readonly Outcome[]> {
    const requests = bodies.map((body): ReserveRequest => ({ tenantId: call.tenantId, ...body }));
    const isUnguarded = (request: ReserveRequest): boolean =>
      this.catalogue.event(request.eventId)?.stockMode === 'check-then-act';
    const promised = new Map<string, number>();
    const seen = new Map<ReserveRequest, readonly Shortage[]>();
    for (const request of requests.filter(isUnguarded)) {
      seen.set(request, this.book.lookUnguarded(request, promised));
    }
    // This gap is the fault of check-then-act: others read and write in it. A guarded event is only slow.
    if (seen.size > 0 || call.latencyMs > 0) await this.pending.sleep(call.latencyMs);
    return requests.map((request) => {
      const ticketTypeIds = this.catalogue.strangers(
        request.tenantId,
        request.eventId,
        request.items.map((item) => item.ticketTypeId),
      );
      if (ticketTypeIds.length > 0) return { kind: 'not-found', ticketTypeIds };
      const shortages = seen.get(request);
      return shortages === undefined
        ? this.book.reserve(request)
        : this.book.writeUnguarded(request, shortages);
    });
  }

  private noteOutcome(call: Call, body: ReserveBody, outcome: Outcome): void {
    if (outcome.kind === 'held') this.note(call, body, outcome.replayed ? 'replayed' : 'executed');
    else this.note(call, body, 'refused', CODES[outcome.kind]);
  }

  private note(call: Call, body: ReserveBody, outcome: LedgerOutcome, code?: string): void {
    this.ledger.record({
      service: SERVICE,
      operation: 'reserve',
      orderId: body.orderId,
      key: call.key,
      outcome,
      generation: body.generation,
      items: body.items,
      ...(code === undefined ? {} : { code }),
    });
  }
}

const CODES = {
  insufficient: 'INSUFFICIENT_TICKETS',
  released: 'RELEASED',
  reused: 'KEY_REUSED',
  'not-found': 'TICKET_TYPE_NOT_FOUND',
} as const satisfies Record<Exclude<Outcome['kind'], 'held'>, string>;

function answerOf(body: ReserveBody, outcome: Outcome): unknown {
  switch (outcome.kind) {
    case 'held':
      return { orderId: body.orderId, status: 'HELD', expiresAt: outcome.expiresAt, items: outcome.items };
    case 'insufficient':
      throw new Refusal(409, CODES.insufficient, 'Fewer tickets are left than asked for.', {
        unavailable: outcome.unavailable,
      });
    case 'released':
      throw new Refusal(410, CODES.released, 'This or a later generation was released.');
    case 'reused':
      throw keyReused();
    case 'not-found':
      throw ticketTypeNotFound(outcome.ticketTypeIds);
  }
}

function elementOf(body: ReserveBody, outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'held':
      return { status: 'HELD' };
    case 'released':
      return { status: 'RELEASED' };
    case 'insufficient':
      return { status: 'REJECTED', unavailable: outcome.unavailable };
    case 'reused':
      return { status: 'REJECTED', unavailable: [] };
    case 'not-found':
      return {
        status: 'REJECTED',
        unavailable: body.items
          .filter((item) => outcome.ticketTypeIds.includes(item.ticketTypeId))
          .map((item) => ({ ticketTypeId: item.ticketTypeId, requested: item.quantity, available: 0 })),
      };
  }
}

export function ticketTypeNotFound(ticketTypeIds: readonly string[]): Refusal {
  return new Refusal(
    404,
    'TICKET_TYPE_NOT_FOUND',
    'These ticket types do not exist or are not of this event.',
    { ticketTypeIds },
  );
}
