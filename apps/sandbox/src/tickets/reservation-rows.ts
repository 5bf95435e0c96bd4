import { z } from 'zod';
import type { Line, Shortage } from './stock-levels.js';

const line = z.object({ ticketTypeId: z.string(), quantity: z.number().int() }).readonly();

const ticketRow = z.object({
  id: z.string(),
  ticketTypeId: z.string(),
  isVoid: z.boolean(),
  usedAt: z.string().nullable(),
});
export type TicketRow = z.infer<typeof ticketRow>;

/** What one generation of an order got. */
const allotmentRow = z.object({
  generation: z.number().int(),
  eventId: z.string(),
  status: z.enum(['HELD', 'ISSUED', 'RELEASED', 'EXPIRED']),
  /** As it was asked for. */
  requested: z.array(line).readonly(),
  /** What is left of it after partial releases; empty once it ended. */
  lines: z.array(line).readonly(),
  tickets: z.array(ticketRow),
  expiresAt: z.string(),
  fingerprint: z.string(),
});
export type Allotment = z.infer<typeof allotmentRow>;

export const reservationRow = z.object({
  tenantId: z.string(),
  orderId: z.string(),
  /** Generations up to this one were released and may not be reserved any more. */
  closedThrough: z.number().int(),
  allotments: z.array(allotmentRow),
  updatedAt: z.string(),
  /** Position in the order of changes: the cursor of the list. */
  changeNumber: z.number().int(),
});
export type ReservationRow = z.infer<typeof reservationRow>;

export interface ReserveRequest {
  readonly tenantId: string;
  readonly orderId: string;
  readonly generation: number;
  readonly eventId: string;
  readonly items: readonly Line[];
  readonly expiresAt: string;
}

export type ReserveResult =
  | {
      readonly kind: 'held';
      readonly replayed: boolean;
      readonly expiresAt: string;
      readonly items: readonly Line[];
    }
  | { readonly kind: 'insufficient'; readonly unavailable: readonly Shortage[] }
  | { readonly kind: 'released' }
  /** This order and generation asked for something else before. */
  | { readonly kind: 'reused' };

export interface IssuedTicket {
  readonly id: string;
  readonly ticketTypeId: string;
}

export type ConfirmResult =
  | {
      readonly kind: 'issued';
      readonly replayed: boolean;
      readonly tickets: readonly IssuedTicket[];
      readonly items: readonly Line[];
    }
  | { readonly kind: 'hold-gone' };

export type ReleaseResult =
  | { readonly kind: 'released'; readonly replayed: boolean; readonly freed: readonly Line[] }
  | { readonly kind: 'ticket-used'; readonly ticketIds: readonly string[] };

export interface ReleaseItem extends Line {
  readonly ticketIds?: readonly string[] | undefined;
}

export interface OrderGeneration {
  readonly tenantId: string;
  readonly orderId: string;
  readonly generation: number;
}

export interface ReservationView {
  readonly orderId: string;
  readonly tenantId: string;
  readonly generation: number;
  readonly status: Allotment['status'];
  readonly items: readonly Line[];
  readonly expiresAt: string;
  readonly updatedAt: string;
}

/** The books show one allotment per order: the hold, else what was issued, else the latest one. */
export function viewOf(row: ReservationRow): ReservationView | undefined {
  const shown =
    row.allotments.findLast((entry) => entry.status === 'HELD') ??
    row.allotments.findLast((entry) => entry.status === 'ISSUED') ??
    row.allotments.at(-1);
  if (shown === undefined) return undefined;
  const isLive = shown.status === 'HELD' || shown.status === 'ISSUED';
  return {
    orderId: row.orderId,
    tenantId: row.tenantId,
    generation: shown.generation,
    status: shown.status,
    items: isLive ? shown.lines : shown.requested,
    expiresAt: shown.expiresAt,
    updatedAt: row.updatedAt,
  };
}

/** One line per ticket type. */
export function linesOf(tickets: readonly { readonly ticketTypeId: string }[]): readonly Line[] {
  const quantities = new Map<string, number>();
  for (const { ticketTypeId } of tickets)
    quantities.set(ticketTypeId, (quantities.get(ticketTypeId) ?? 0) + 1);
  return [...quantities].map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity }));
}

/** `lines` less `taken`; lines that come to nothing are left out. */
export function lessLines(lines: readonly Line[], taken: readonly Line[]): readonly Line[] {
  return lines
    .map(({ ticketTypeId, quantity }) => ({
      ticketTypeId,
      quantity: quantity - (taken.find((line) => line.ticketTypeId === ticketTypeId)?.quantity ?? 0),
    }))
    .filter((line) => line.quantity > 0);
}
