import { Injectable } from '@nestjs/common';
import { DAY_MS } from '@app/kernel';
import type { Transaction } from '@app/platform';
import { openUnits } from '@app/pricing';
import type { TicketLine } from '@app/tickets';
import type { Order } from '../domain/order.js';
import { refundableLines, type OrderRefund } from '../domain/refund.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { TicketsStore, ticketsOfUnits } from '../persistence/tickets.store.js';
import { confirmTicketsEffect, reserveTicketsEffect, type Effect } from './catalog.js';
import { EVERYTHING, Paybacks, SYSTEM_PRINCIPAL, paybackOfUnits, ticketIdsOfUnits } from './paybacks.js';
import { SettleRefund } from './settle-refund.js';

/** The tickets of a paid order are confirmed right after; the hold must outlive any outage in between. */
const PAID_HOLD_MS = DAY_MS;

/** What ticket-service's answers mean for a paid order: tickets issued, holds lost, seats gone, tickets used. */
@Injectable()
export class SettleTickets {
  constructor(
    private readonly stores: OrderStores,
    private readonly tickets: TicketsStore,
    private readonly refunds: SettleRefund,
    private readonly paybacks: Paybacks,
    private readonly findings: FindingsStore,
  ) {}

  /** The tickets exist: they get their units, and a CONFIRMED order is COMPLETED. */
  async issued(
    tx: Transaction,
    order: Order,
    effect: Effect,
    issued: readonly { readonly id: string; readonly ticketTypeId: string }[],
  ): Promise<void> {
    const known = await this.paybacks.known(tx, order.id);
    const tickets = ticketsOfUnits(
      order,
      issued,
      effect.generation,
      openUnits(refundableLines(order, known)),
    );
    await this.tickets.issued(tx, order.id, tickets);
    if (issued.length !== order.items.reduce((sum, item) => sum + item.quantity - item.refundedQuantity, 0)) {
      await this.findings.raise(tx, {
        kind: 'tickets_issued_mismatch',
        subject: order.id,
        orderId: order.id,
        details: { issued: issued.length },
      });
    }
    await this.nameTicketsToRelease(tx, { ...order, tickets });
    if (order.status === 'CONFIRMED') await this.stores.move(tx, { ...order, tickets }, 'complete');
  }

  /** A refund that was asked for before the tickets had ids gives back exactly its own units. */
  private async nameTicketsToRelease(tx: Transaction, order: Order): Promise<void> {
    const known = await this.paybacks.known(tx, order.id);
    const effects = await this.stores.effects.ofOrder(tx, order.id);
    for (const effect of effects) {
      if (effect.kind !== 'tickets.release' || effect.state !== 'pending' || effect.firstSentAt !== null)
        continue;
      // The request of a called-off event names no refund, because its money waits for nothing; the key does.
      const refund = known.find((candidate) => effect.key.endsWith(`:${candidate.id}`));
      const { items } = effect.request.release;
      if (refund === undefined || items === undefined) continue;
      const named = items.map((line) => {
        const item = order.items.find((candidate) => candidate.ticketTypeId === line.ticketTypeId);
        const part = refund.items.find((candidate) => candidate.itemId === item?.id);
        return part === undefined
          ? line
          : { ...line, ticketIds: ticketIdsOfUnits(order, part.itemId, part.units) };
      });
      await this.stores.effects.rewriteUnsent(tx, effect, {
        ...effect.request,
        release: { ...effect.request.release, items: named },
      });
    }
  }

  /** ticket-service forgot the hold of a paid order: take the seats again with the next generation. */
  async holdGone(tx: Transaction, order: Order): Promise<void> {
    if (order.status !== 'CONFIRMED') return;
    // Tickets that are being paid back are not taken again.
    const wanted = seatsWanted(order, await this.paybacks.known(tx, order.id));
    if (wanted.length === 0) return;
    const next: Order = { ...order, generation: order.generation + 1, generationOpen: true };
    await this.stores.orders.save(tx, order, next);
    const holdUntil = new Date(tx.now.getTime() + PAID_HOLD_MS);
    await this.stores.effects.append(tx, order.id, [
      reserveTicketsEffect(next, 'main', holdUntil, wanted),
      confirmTicketsEffect(next),
    ]);
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'tickets.hold_lost',
      actor: { kind: 'system', id: 'order-service' },
      isPublic: false,
    });
  }

  /** Paid, but the tickets are gone for good: the order is revoked and every cent goes back. */
  async seatsGone(tx: Transaction, order: Order): Promise<void> {
    if (order.status !== 'CONFIRMED') return;
    await this.stores.effects.supersedeUnsent(tx, order.id, ['tickets.confirm']);
    const known = await this.paybacks.known(tx, order.id);
    const lines = refundableLines(order, known);
    const payback = paybackOfUnits(
      order,
      known,
      openUnits(lines),
      EVERYTHING,
      { reason: 'the tickets could not be issued', principal: SYSTEM_PRINCIPAL },
      tx.now,
    );
    await tx.because({ reason: 'the tickets could not be issued' });
    const revoked = await this.stores.move(tx, order, 'revoke', {
      also: { ...payback.also, generationOpen: false, cancelReason: 'the tickets could not be issued' },
    });
    await this.paybacks.write(tx, revoked, payback);
    await this.stores.giveBackClaims(tx, order.id);
    await this.findings.raise(tx, {
      kind: 'paid_order_revoked',
      subject: order.id,
      orderId: order.id,
      details: { totalCents: order.totalCents, currency: order.currency },
    });
  }

  async released(
    tx: Transaction,
    order: Order,
    effect: Extract<Effect, { kind: 'tickets.release' }>,
  ): Promise<void> {
    const { items } = effect.request.release;
    const named = items?.flatMap((item) => item.ticketIds ?? []);
    const count = await this.tickets.voided(tx, order.id, named);
    if (count > 0) await this.stores.orders.save(tx, order, { ...order, version: order.version + 1 });
  }

  /** Somebody has been let in with it: no money goes back for a used ticket. */
  async ticketUsed(
    tx: Transaction,
    order: Order,
    effect: Extract<Effect, { kind: 'tickets.release' }>,
  ): Promise<void> {
    const { refundId } = effect.request;
    if (refundId === null) {
      return this.findings.raise(tx, {
        kind: 'used_ticket_not_released',
        subject: order.id,
        orderId: order.id,
        details: { key: effect.key },
      });
    }
    await this.stores.effects.supersedeRefund(tx, order.id, refundId);
    return this.refunds.failed(tx, order, refundId, 'TICKET_USED');
  }
}

function seatsWanted(order: Order, known: readonly OrderRefund[]): readonly TicketLine[] {
  return openUnits(refundableLines(order, known)).flatMap(({ itemId, units }) => {
    const item = order.items.find((candidate) => candidate.id === itemId);
    return item === undefined ? [] : [{ ticketTypeId: item.ticketTypeId, quantity: units.length }];
  });
}
