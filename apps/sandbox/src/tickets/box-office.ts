import { Inject, Injectable } from '@nestjs/common';
import { ANNOUNCER, type Announcer } from '../announcements/announcer.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { Refusal } from '../http/refusal.js';
import type { Call } from '../http/sibling-call.js';
import { Ledger, type LedgerNote } from '../ledger/ledger.js';
import { AnswerMemory, type Mutation } from '../state/answer-memory.js';
import { ReservationBook } from './reservation-book.js';
import { ReservationShelf } from './reservation-shelf.js';
import type { ConfirmResult, OrderGeneration, ReleaseResult } from './reservation-rows.js';
import type { Line } from './stock-levels.js';
import type { ConfirmBody, ReleaseBody } from './tickets.schemas.js';

const SERVICE = 'ticket-service';

/** Issues and takes back tickets: asks the book, remembers the answer under its key, notes it in the ledger. */
@Injectable()
export class BoxOffice {
  constructor(
    private readonly book: ReservationBook,
    private readonly shelf: ReservationShelf,
    private readonly memory: AnswerMemory,
    private readonly ledger: Ledger,
    private readonly catalogue: Catalogue,
    @Inject(ANNOUNCER) private readonly announcer: Announcer,
  ) {}

  /** @throws Refusal 409 HOLD_GONE, 422 KEY_REUSED */
  confirm(call: Call, body: ConfirmBody): unknown {
    const order: OrderGeneration = { tenantId: call.tenantId, ...body };
    return this.once(call, 'confirm', body, () => {
      const result = this.book.confirm(order);
      if (result.kind === 'hold-gone') {
        throw new Refusal(409, 'HOLD_GONE', 'The hold of this generation has ended; reserve again.');
      }
      if (!result.replayed) this.announceIssued(order, result);
      return {
        replayed: result.replayed,
        items: result.items,
        answer: { orderId: body.orderId, status: 'ISSUED', tickets: result.tickets },
      };
    });
  }

  /** @throws Refusal 409 TICKET_USED, 422 KEY_REUSED */
  release(call: Call, body: ReleaseBody): unknown {
    const order: OrderGeneration = {
      tenantId: call.tenantId,
      orderId: body.orderId,
      generation: body.generation,
    };
    return this.once(call, 'release', body, () => {
      const result =
        body.items === undefined ? this.book.release(order) : this.book.releasePart(order, body.items);
      const { replayed, freed } = unlessUsed(result);
      return { replayed, items: freed, answer: { orderId: body.orderId, status: 'RELEASED' } };
    });
  }

  /** The stock of every ticket type of the catalogue. */
  stock(): readonly { readonly ticketTypeId: string; readonly oversold: number }[] {
    this.shelf.expire();
    return [...this.catalogue.allTicketTypes()].map((type) => this.shelf.levels.row(type.id));
  }

  private announceIssued(order: OrderGeneration, result: Extract<ConfirmResult, { kind: 'issued' }>): void {
    this.announcer.announce({
      name: `${order.orderId}:${order.generation}`,
      pattern: 'tickets.issued',
      payload: { orderId: order.orderId, tenantId: order.tenantId, tickets: result.tickets },
    });
  }

  private once(
    call: Call,
    operation: 'confirm' | 'release',
    body: ConfirmBody | ReleaseBody,
    work: () => { readonly replayed: boolean; readonly items: readonly Line[]; readonly answer: unknown },
  ): unknown {
    const mutation: Mutation = { service: SERVICE, operation, call, asked: body };
    const note: Omit<LedgerNote, 'outcome'> = {
      service: SERVICE,
      operation,
      orderId: body.orderId,
      key: call.key,
      generation: body.generation,
    };
    try {
      const known = this.memory.recall(mutation);
      if (known !== undefined) {
        this.ledger.record({ ...note, outcome: 'replayed' });
        return known.answer;
      }
      const { replayed, items, answer } = work();
      this.memory.keep(mutation, answer);
      this.ledger.record({ ...note, outcome: replayed ? 'replayed' : 'executed', items });
      return answer;
    } catch (error) {
      if (error instanceof Refusal) this.ledger.record({ ...note, outcome: 'refused', code: error.code });
      throw error;
    }
  }
}

function unlessUsed(result: ReleaseResult): Extract<ReleaseResult, { kind: 'released' }> {
  if (result.kind === 'released') return result;
  throw new Refusal(409, 'TICKET_USED', 'A ticket was already used, so nothing was released.', {
    ticketIds: result.ticketIds,
  });
}
