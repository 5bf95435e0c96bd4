import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { ChosenUnits } from '@app/pricing';
import type { Order, OrderTicket } from '../domain/order.js';

/** The tickets that ticket-service issued for orders. */
@Injectable()
export class TicketsStore {
  async issued(tx: Transaction, orderId: string, tickets: readonly OrderTicket[]): Promise<void> {
    if (tickets.length === 0) return;
    await tx.execute(
      `insert into order_tickets (tenant_id, id, order_id, item_id, ticket_type_id, unit, status, generation)
       select $1, r.id, $2, r."itemId", r."ticketTypeId", r.unit, r.status, r.generation
         from jsonb_to_recordset($3) as r (id text, "itemId" uuid, "ticketTypeId" uuid, unit smallint, status text, generation integer)
       on conflict (tenant_id, id) do nothing`,
      [tx.tenant(), orderId, JSON.stringify(tickets)],
    );
  }

  /** Marks tickets void; without ids all of the order. @returns how many were not void before */
  async voided(tx: Transaction, orderId: string, ticketIds?: readonly string[]): Promise<number> {
    return tx.execute(
      `update order_tickets set status = 'VOID'
        where tenant_id = $1 and order_id = $2 and status = 'ISSUED' and ($3::text[] is null or id = any ($3))`,
      [tx.tenant(), orderId, ticketIds ?? null],
    );
  }
}

/**
 * Gives each issued ticket its numbered unit of a line, in the order ticket-service named them. When fewer were issued
 * than the line has units, the rest was paid back before, and the open units get them.
 */
export function ticketsOfUnits(
  order: Order,
  issued: readonly { readonly id: string; readonly ticketTypeId: string }[],
  generation: number,
  open: readonly ChosenUnits[],
): readonly OrderTicket[] {
  return order.items.flatMap((item) => {
    const ofLine = issued.filter((ticket) => ticket.ticketTypeId === item.ticketTypeId);
    const openUnits = open.find((line) => line.itemId === item.id)?.units ?? [];
    const units =
      ofLine.length >= item.quantity
        ? Array.from({ length: item.quantity }, (_entry, unit) => unit)
        : [...openUnits].sort((a, b) => a - b);
    return units.flatMap((unit, index) => {
      const ticket = ofLine[index];
      if (ticket === undefined) return [];
      const { id, ticketTypeId } = ticket;
      return [{ id, itemId: item.id, ticketTypeId, unit, status: 'ISSUED' as const, generation }];
    });
  });
}
