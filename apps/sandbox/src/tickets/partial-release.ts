import { linesOf, type Allotment, type ReleaseItem, type TicketRow } from './reservation-rows.js';
import type { Line } from './stock-levels.js';

interface Part {
  readonly allotment: Allotment;
  readonly tickets: readonly TicketRow[];
  readonly lines: readonly Line[];
}

export interface PartialReleasePlan {
  readonly parts: readonly Part[];
  /** Tickets in the way because somebody has already entered with them. */
  readonly usedTicketIds: readonly string[];
}

export function usedTicketIds(tickets: readonly TicketRow[]): readonly string[] {
  return tickets.filter((ticket) => !ticket.isVoid && ticket.usedAt !== null).map((ticket) => ticket.id);
}

/**
 * What a partial release frees: the named tickets, otherwise the newest unused ones, otherwise held ones.
 * What is not there any more is passed over, so that repeating a release is harmless.
 */
export function planPartialRelease(
  live: readonly Allotment[],
  items: readonly ReleaseItem[],
): PartialReleasePlan {
  const parts: Part[] = [];
  const used: string[] = [];
  for (const item of items) {
    const isNamed = item.ticketIds !== undefined && item.ticketIds.length > 0;
    const tickets = isNamed ? namedTickets(live, item, used) : newestUnused(live, item, used);
    for (const allotment of live.filter((entry) => entry.status === 'ISSUED')) {
      const own = tickets.filter((ticket) => allotment.tickets.includes(ticket));
      if (own.length > 0) parts.push({ allotment, tickets: own, lines: linesOf(own) });
    }
    if (!isNamed) parts.push(...heldParts(live, item, item.quantity - tickets.length));
  }
  return { parts, usedTicketIds: used };
}

function namedTickets(live: readonly Allotment[], item: ReleaseItem, used: string[]): readonly TicketRow[] {
  const tickets = live
    .flatMap((allotment) => allotment.tickets)
    .filter((ticket) => !ticket.isVoid && ticket.ticketTypeId === item.ticketTypeId)
    .filter((ticket) => item.ticketIds?.includes(ticket.id));
  used.push(...usedTicketIds(tickets));
  return tickets;
}

function newestUnused(live: readonly Allotment[], item: Line, used: string[]): readonly TicketRow[] {
  const mine = live
    .flatMap((allotment) => allotment.tickets)
    .filter((ticket) => !ticket.isVoid && ticket.ticketTypeId === item.ticketTypeId);
  const unused = mine.filter((ticket) => ticket.usedAt === null);
  const short = Math.min(item.quantity, mine.length) - unused.length;
  if (short > 0) used.push(...usedTicketIds(mine));
  return unused.slice(-item.quantity).reverse();
}

function heldParts(live: readonly Allotment[], { ticketTypeId }: Line, wanted: number): readonly Part[] {
  const hold = live.find((entry) => entry.status === 'HELD');
  const held = hold?.lines.find((line) => line.ticketTypeId === ticketTypeId)?.quantity ?? 0;
  const quantity = Math.min(wanted, held);
  if (hold === undefined || quantity <= 0) return [];
  return [{ allotment: hold, tickets: [], lines: [{ ticketTypeId, quantity }] }];
}
