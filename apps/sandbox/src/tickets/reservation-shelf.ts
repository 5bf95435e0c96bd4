import type { Clock } from '@app/kernel';
import { z } from 'zod';
import { ChangedRows } from '../state/changed-rows.js';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';
import { ExpiryQueue } from './expiry-queue.js';
import {
  reservationRow,
  viewOf,
  type Allotment,
  type OrderGeneration,
  type ReservationRow,
  type ReservationView,
  type TicketRow,
} from './reservation-rows.js';
import type { StockLevels } from './stock-levels.js';

const savedReservations = z.object({
  reservations: z.array(reservationRow),
  expired: z.number().int(),
  oversold: z.array(z.tuple([z.string(), z.number().int()])),
});

interface Held {
  readonly row: ReservationRow;
  readonly allotment: Allotment;
}

/** Keeps the reservations and their stock in step, lets holds run out, and finds reservations again. */
export class ReservationShelf implements StatePart {
  readonly partName = 'reservations';
  private readonly reservations = new ChangedRows<ReservationRow>();
  private readonly expiries = new ExpiryQueue<Held>();
  private expired = 0;

  constructor(
    readonly levels: StockLevels,
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {}

  /** Holds that ended because their time was up. */
  get expiredCount(): number {
    this.expire();
    return this.expired;
  }

  row(order: { readonly tenantId: string; readonly orderId: string }): ReservationRow | undefined {
    return this.reservations.get(rowId(order));
  }

  /** A row for an order that has none; it is kept by the first `touch`. */
  open({ tenantId, orderId }: OrderGeneration): ReservationRow {
    return { tenantId, orderId, closedThrough: -1, allotments: [], updatedAt: '', changeNumber: 0 };
  }

  /** Keeps a row that has changed. */
  touch(row: ReservationRow): void {
    row.updatedAt = this.clock.now().toISOString();
    row.changeNumber = this.reservations.nextChangeNumber();
    this.reservations.put(rowId(row), row);
    this.changes.mark();
  }

  /** Adds a new hold; whether the stock has room for it was decided before. */
  put(row: ReservationRow, allotment: Allotment): void {
    row.allotments.push(allotment);
    this.levels.hold(allotment.lines);
    this.expiries.push(Date.parse(allotment.expiresAt), { row, allotment });
    this.touch(row);
  }

  /** Gives back whatever the allotment still has. */
  end(allotment: Allotment, status: 'RELEASED' | 'EXPIRED'): void {
    if (allotment.status === 'ISSUED') this.levels.takeBack(allotment.lines);
    else this.levels.unhold(allotment.lines);
    for (const ticket of allotment.tickets) ticket.isVoid = true;
    allotment.lines = [];
    allotment.status = status;
  }

  /** Looks through everything: only a test asks, and rarely. */
  findTicket(ticketId: string): { readonly row: ReservationRow; readonly ticket: TicketRow } | undefined {
    for (const row of this.reservations.values()) {
      for (const { tickets } of row.allotments) {
        const ticket = tickets.find((entry) => entry.id === ticketId);
        if (ticket !== undefined) return { row, ticket };
      }
    }
    return undefined;
  }

  find(tenantId: string, orderId: string): ReservationView | undefined {
    this.expire();
    const row = this.reservations.get(rowId({ tenantId, orderId }));
    return row === undefined ? undefined : viewOf(row);
  }

  /** A page of the reservations in the order they changed; of all tenants when `tenantId` is null. */
  list(query: {
    readonly tenantId: string | null;
    readonly orderId?: string | undefined;
    readonly updatedSince?: string | undefined;
    readonly cursor?: number | undefined;
    readonly limit: number;
  }): { readonly reservations: readonly ReservationView[]; readonly nextCursor: string | null } {
    this.expire();
    const { rows, nextCursor } = this.reservations.page({
      ...query,
      fits: (row) =>
        row.allotments.length > 0 &&
        (query.tenantId === null || row.tenantId === query.tenantId) &&
        (query.orderId === undefined || row.orderId === query.orderId),
    });
    return { reservations: rows.flatMap((row) => viewOf(row) ?? []), nextCursor };
  }

  /** Ends every hold whose time is up. Called before anything is read, so nobody sees a hold past its end. */
  expire(): void {
    const nowMs = this.clock.now().getTime();
    for (;;) {
      const due = this.expiries.popDue(nowMs);
      if (due === undefined) return;
      if (due.allotment.status !== 'HELD') continue;
      this.end(due.allotment, 'EXPIRED');
      this.expired += 1;
      this.touch(due.row);
    }
  }

  dump(): unknown {
    const reservations = [...this.reservations.values()];
    return { reservations, expired: this.expired, oversold: this.levels.dumpOversold() };
  }

  restore(saved: unknown): void {
    const { reservations, expired, oversold } = savedReservations.parse(saved);
    this.clear();
    this.expired = expired;
    this.levels.restoreOversold(oversold);
    for (const row of reservations) {
      this.reservations.put(rowId(row), row);
      for (const allotment of row.allotments) {
        if (allotment.status === 'ISSUED') this.levels.recount('sold', allotment.lines);
        if (allotment.status !== 'HELD') continue;
        this.levels.recount('held', allotment.lines);
        this.expiries.push(Date.parse(allotment.expiresAt), { row, allotment });
      }
    }
  }

  clear(): void {
    this.reservations.clear();
    this.expiries.clear();
    this.levels.clear();
    this.expired = 0;
  }
}

function rowId({ tenantId, orderId }: { readonly tenantId: string; readonly orderId: string }): string {
  return `${tenantId}/${orderId}`;
}
