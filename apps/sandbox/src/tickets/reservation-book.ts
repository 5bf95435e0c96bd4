import { uuidv7 } from '@app/kernel';
import { fingerprint } from '../state/answer-memory.js';
import { planPartialRelease, usedTicketIds } from './partial-release.js';
import {
  lessLines,
  type Allotment,
  type ConfirmResult,
  type IssuedTicket,
  type OrderGeneration,
  type ReleaseItem,
  type ReleaseResult,
  type ReservationRow,
  type ReserveRequest,
  type ReserveResult,
} from './reservation-rows.js';
import type { ReservationShelf } from './reservation-shelf.js';
import type { Shortage } from './stock-levels.js';

/**
 * Who holds and who has bought which tickets. An order has at most one live hold; each attempt of
 * order-service to reserve is a generation, and a released generation never comes back.
 */
export class ReservationBook {
  constructor(private readonly shelf: ReservationShelf) {}

  /** Holds all items or none; an earlier hold of the order is replaced in the same step. */
  reserve(request: ReserveRequest): ReserveResult {
    this.shelf.expire();
    const settled = this.settled(request);
    if (settled !== undefined) return settled;
    const unavailable = this.shelf.levels.shortages(request.items, this.ownHold(request));
    return unavailable.length > 0 ? { kind: 'insufficient', unavailable } : this.hold(request);
  }

  /** The first half of an unguarded reserve: what is short right now, less what `promised` has given away. */
  lookUnguarded(request: ReserveRequest, promised: Map<string, number>): readonly Shortage[] {
    this.shelf.expire();
    if (this.settled(request) !== undefined) return [];
    const lines = request.items.map(({ ticketTypeId, quantity }) => ({
      ticketTypeId,
      quantity: quantity + (promised.get(ticketTypeId) ?? 0),
    }));
    const short = this.shelf.levels.shortages(lines, this.ownHold(request));
    if (short.length === 0) for (const line of lines) promised.set(line.ticketTypeId, line.quantity);
    return short.map((shortage) => {
      const before = promised.get(shortage.ticketTypeId) ?? 0;
      return {
        ticketTypeId: shortage.ticketTypeId,
        requested: shortage.requested - before,
        available: Math.max(0, shortage.available - before),
      };
    });
  }

  /** The second half: writes what was decided earlier, whatever has been sold since. */
  writeUnguarded(request: ReserveRequest, seen: readonly Shortage[]): ReserveResult {
    this.shelf.expire();
    const settled = this.settled(request);
    if (settled !== undefined) return settled;
    return seen.length > 0 ? { kind: 'insufficient', unavailable: seen } : this.hold(request);
  }

  /** Makes tickets of the hold of exactly this generation. */
  confirm(order: OrderGeneration): ConfirmResult {
    this.shelf.expire();
    const row = this.shelf.row(order);
    const allotment = row?.allotments.find((entry) => entry.generation === order.generation);
    if (row === undefined || allotment === undefined) return { kind: 'hold-gone' };
    if (allotment.status === 'ISSUED') {
      const tickets = allotment.tickets.filter((ticket) => !ticket.isVoid);
      return { kind: 'issued', replayed: true, tickets: tickets.map(named), items: allotment.lines };
    }
    if (allotment.status !== 'HELD') return { kind: 'hold-gone' };
    this.shelf.levels.sell(allotment.lines);
    allotment.status = 'ISSUED';
    allotment.tickets = allotment.lines.flatMap(({ ticketTypeId, quantity }) =>
      Array.from({ length: quantity }, () => ({ id: uuidv7(), ticketTypeId, isVoid: false, usedAt: null })),
    );
    this.shelf.touch(row);
    return { kind: 'issued', replayed: false, tickets: allotment.tickets.map(named), items: allotment.lines };
  }

  /** Frees what the order has of generations up to this one and closes them, known or not. */
  release(order: OrderGeneration): ReleaseResult {
    this.shelf.expire();
    const row = this.shelf.row(order) ?? this.shelf.open(order);
    const live = liveUpTo(row, order.generation);
    const used = live.flatMap((allotment) => usedTicketIds(allotment.tickets));
    if (used.length > 0) return { kind: 'ticket-used', ticketIds: used };
    const replayed = live.length === 0 && row.closedThrough >= order.generation;
    const freed = live.flatMap((allotment) => allotment.lines);
    for (const allotment of live) this.shelf.end(allotment, 'RELEASED');
    row.closedThrough = Math.max(row.closedThrough, order.generation);
    if (!replayed) this.shelf.touch(row);
    return { kind: 'released', replayed, freed };
  }

  /** Frees some of what the order has of generations up to this one, and closes nothing. */
  releasePart(order: OrderGeneration, items: readonly ReleaseItem[]): ReleaseResult {
    this.shelf.expire();
    const row = this.shelf.row(order);
    const plan = planPartialRelease(row === undefined ? [] : liveUpTo(row, order.generation), items);
    if (plan.usedTicketIds.length > 0) return { kind: 'ticket-used', ticketIds: plan.usedTicketIds };
    for (const { allotment, tickets, lines } of plan.parts) {
      for (const ticket of tickets) ticket.isVoid = true;
      if (allotment.status === 'ISSUED') this.shelf.levels.takeBack(lines);
      else this.shelf.levels.unhold(lines);
      allotment.lines = lessLines(allotment.lines, lines);
      if (allotment.lines.length === 0) allotment.status = 'RELEASED';
    }
    const freed = plan.parts.flatMap((part) => part.lines);
    if (row !== undefined && freed.length > 0) this.shelf.touch(row);
    return { kind: 'released', replayed: false, freed };
  }

  /** Marks a ticket as used at the entrance. */
  useTicket(
    ticketId: string,
    now: Date,
  ):
    | { readonly kind: 'used'; readonly orderId: string; readonly usedAt: string }
    | { readonly kind: 'void' | 'unknown' } {
    const found = this.shelf.findTicket(ticketId);
    if (found === undefined) return { kind: 'unknown' };
    if (found.ticket.isVoid) return { kind: 'void' };
    const usedAt = found.ticket.usedAt ?? now.toISOString();
    found.ticket.usedAt = usedAt;
    this.shelf.touch(found.row);
    return { kind: 'used', orderId: found.row.orderId, usedAt };
  }

  /** The answer that is settled by this order's own past; undefined when the stock decides. */
  private settled(request: ReserveRequest): ReserveResult | undefined {
    const row = this.shelf.row(request);
    if (row === undefined) return undefined;
    if (request.generation <= row.closedThrough) return { kind: 'released' };
    const latest = row.allotments.at(-1);
    if (latest === undefined || latest.generation < request.generation) return undefined;
    if (latest.generation > request.generation) return { kind: 'released' };
    if (latest.fingerprint !== fingerprintOf(request)) return { kind: 'reused' };
    return { kind: 'held', replayed: true, expiresAt: latest.expiresAt, items: latest.requested };
  }

  private ownHold(request: ReserveRequest): Allotment['lines'] {
    return this.shelf.row(request)?.allotments.find((entry) => entry.status === 'HELD')?.lines ?? [];
  }

  private hold(request: ReserveRequest): ReserveResult {
    const row = this.shelf.row(request) ?? this.shelf.open(request);
    for (const earlier of row.allotments) if (earlier.status === 'HELD') this.shelf.end(earlier, 'RELEASED');
    const allotment: Allotment = {
      generation: request.generation,
      eventId: request.eventId,
      status: 'HELD',
      requested: request.items,
      lines: request.items,
      tickets: [],
      expiresAt: request.expiresAt,
      fingerprint: fingerprintOf(request),
    };
    this.shelf.put(row, allotment);
    return { kind: 'held', replayed: false, expiresAt: request.expiresAt, items: request.items };
  }
}

function fingerprintOf({ eventId, items, expiresAt }: ReserveRequest): string {
  return fingerprint({ operation: 'reserve', asked: { eventId, items, expiresAt } });
}

function named({ id, ticketTypeId }: IssuedTicket): IssuedTicket {
  return { id, ticketTypeId };
}

function liveUpTo(row: ReservationRow, generation: number): Allotment[] {
  return row.allotments.filter(
    (entry) => entry.generation <= generation && (entry.status === 'HELD' || entry.status === 'ISSUED'),
  );
}
