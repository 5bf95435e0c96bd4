import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
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
 * Gives each issued ticket its numbered unit of a line, in the order ticket-service named them. Units that were paid
 * back before the tickets were issued have none.
 */
export function ticketsOfUnits(
  order: Order,
  issued: readonly { readonly id: string; readonly ticketTypeId: string }[],
  generation: number,
): readonly OrderTicket[] {
  return order.items.flatMap((item) =>
    issued
      .filter((ticket) => ticket.ticketTypeId === item.ticketTypeId)
      .slice(0, item.quantity)
      .map((ticket, unit) => ({
        id: ticket.id,
        itemId: item.id,
        ticketTypeId: item.ticketTypeId,
        unit,
        status: 'ISSUED' as const,
        generation,
      })),
  );
}
