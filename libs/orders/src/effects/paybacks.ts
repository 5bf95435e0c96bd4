import { Injectable } from '@nestjs/common';
import { AppError, sumCents, uuidv7 } from '@app/kernel';
import { violatedConstraint, type Transaction } from '@app/platform';
import { openUnits, refundAmountOfUnits, type ApplicableRefundRule, type ChosenUnits } from '@app/pricing';
import type { Order } from '../domain/order.js';
import { countsIntoOrder, refundableLines, type OrderRefund, type RefundItem } from '../domain/refund.js';
import { OrderStores } from '../persistence/order-stores.js';
import { RefundsStore } from '../persistence/refunds.store.js';
import { refundEffect, releaseTicketsEffect, effectKey, type NewEffect } from './catalog.js';

/** Everything is paid back whatever the policy says: the buyer left before the money was booked, or the tickets are gone. */
export const EVERYTHING: ApplicableRefundRule = {
  refundBps: 10_000,
  components: { platformFee: true, processingFee: true, tax: true },
  clause: 'everything is paid back',
};

/** Who asks for a refund, and why. */
export interface RefundRequestFacts {
  readonly reason: string;
  /** From `principalKey`; the service itself refunds as `system:order-service`. */
  readonly principal: string;
  /** The client's key; the refund's own id when no client asked. */
  readonly idempotencyKey?: string;
  /** The money of a called-off event waits neither for its tickets nor for whether they were used. */
  readonly isEventCalledOff?: boolean;
}

export const SYSTEM_PRINCIPAL = 'system:order-service';

/** A refund about to be written: its row, what leaves for it, and what the order will show. */
export interface Payback {
  readonly refund: OrderRefund | null;
  readonly effects: readonly NewEffect[];
  readonly also: Pick<Order, 'pendingRefundCents'>;
}

/** Plans and writes what is paid back; every refund of the service starts here. */
@Injectable()
export class Paybacks {
  constructor(
    private readonly stores: OrderStores,
    private readonly refunds: RefundsStore,
  ) {}

  /** Writes the refund and its effects; the caller saves the order with `payback.also` in the same transaction. */
  async write(tx: Transaction, order: Order, payback: Payback): Promise<void> {
    if (payback.refund !== null) {
      await this.stores.payments.reserveRefund(
        tx,
        payback.refund.paymentIntentId,
        payback.refund.amountCents,
      );
      await this.insert(tx, payback.refund);
    }
    await this.stores.effects.append(tx, order.id, payback.effects);
  }

  private async insert(tx: Transaction, refund: OrderRefund): Promise<void> {
    try {
      await this.refunds.insert(tx, refund);
    } catch (error) {
      // A key whose row was pruned still cannot pay back a second time.
      if (violatedConstraint(error) === 'order_refunds_request_key')
        throw new AppError('IDEMPOTENCY_KEY_REUSED', {}, { cause: error });
      throw error;
    }
  }

  /** The refunds of an order so far, for the plan of the next one. */
  async known(tx: Transaction, orderId: string): Promise<readonly OrderRefund[]> {
    return this.refunds.ofOrder(tx, orderId);
  }
}

/**
 * Plans the refund of numbered units under a rule: tickets first, money after them. Units for which nothing is paid
 * back (a free order, a policy that keeps everything) only give their tickets back.
 */
export function paybackOfUnits(
  order: Order,
  known: readonly OrderRefund[],
  chosen: readonly ChosenUnits[],
  rule: ApplicableRefundRule,
  facts: RefundRequestFacts,
  now: Date,
): Payback {
  const lines = refundableLines(order, known);
  const { perLine, amountCents } = refundAmountOfUnits(lines, chosen, rule);
  const items = perLine.map((line) => ({
    itemId: line.itemId,
    units: line.units,
    unitGoodwillCents: [],
    amountCents: line.amountCents,
  }));
  const refund = newRefund(
    order,
    { kind: 'units', amountCents, items, policyClause: rule.clause, paymentIntentId: order.paymentIntentId },
    facts,
    now,
  );
  const isWhole = sumUnits(openUnits(lines)) === sumUnits(chosen);
  const moneyFirst = facts.isEventCalledOff === true;
  // What waits for the tickets is told how they went; the money of a called-off event waits for nothing.
  const waiting = moneyFirst ? null : refund;
  const release = isWhole
    ? releaseTicketsEffect(order, {
        queue: 'main',
        reason: facts.reason,
        ...(refund === null ? {} : { keySuffix: refund.id }),
        ...(waiting === null ? {} : { refundId: waiting.id }),
      })
    : releaseOfUnits(order, chosen, { refund, waiting }, facts.reason);
  return withRefund(order, refund, release === null ? [] : [release], moneyFirst ? 'payback' : 'main');
}

/** Plans a refund of an amount that an admin gives; the tickets stay with the buyer. */
export function paybackOfGoodwill(
  order: Order,
  items: readonly RefundItem[],
  facts: RefundRequestFacts,
  now: Date,
): Payback {
  const amountCents = sumCents(items.map((item) => item.amountCents));
  return withRefund(
    order,
    newRefund(
      order,
      { kind: 'goodwill', amountCents, items, policyClause: null, paymentIntentId: order.paymentIntentId },
      facts,
      now,
    ),
    [],
  );
}

/** Plans the return of a whole payment that must not stay with us. */
export function paybackOfPayment(
  order: Order,
  payment: { readonly paymentIntentId: string; readonly amountCents: number; readonly currency: string },
  facts: RefundRequestFacts,
  now: Date,
): Payback {
  return withRefund(
    order,
    newRefund(order, { kind: 'payment', items: [], policyClause: null, ...payment }, facts, now),
    [],
  );
}

function newRefund(
  order: Order,
  what: Pick<OrderRefund, 'kind' | 'amountCents' | 'items' | 'policyClause'> & {
    readonly paymentIntentId: string | null;
    /** As it came in; the order's own unless a wrong payment is sent back. */
    readonly currency?: string;
  },
  facts: RefundRequestFacts,
  now: Date,
): OrderRefund | null {
  const { paymentIntentId } = what;
  if (what.amountCents === 0 || paymentIntentId === null) return null;
  const id = uuidv7(now.getTime());
  return {
    ...what,
    paymentIntentId,
    id,
    orderId: order.id,
    status: 'PENDING',
    currency: what.currency ?? order.currency,
    reason: facts.reason,
    principal: facts.principal,
    idempotencyKey: facts.idempotencyKey ?? id,
    failureCode: null,
    createdAt: now,
    settledAt: null,
  };
}

function withRefund(
  order: Order,
  refund: OrderRefund | null,
  before: readonly NewEffect[],
  queue: 'main' | 'payback' = 'main',
): Payback {
  if (refund === null)
    return { refund, effects: before, also: { pendingRefundCents: order.pendingRefundCents } };
  const money = refundEffect(
    order,
    {
      refundId: refund.id,
      paymentIntentId: refund.paymentIntentId,
      amountCents: refund.amountCents,
      currency: refund.currency,
      reason: refund.reason,
    },
    queue,
  );
  const countedCents = countsIntoOrder(order, refund) ? refund.amountCents : 0;
  return {
    refund,
    effects: [...before, money],
    also: { pendingRefundCents: order.pendingRefundCents + countedCents },
  };
}

/** Gives back some tickets of an order; their ids are named once they are known. Null when they are void already. */
function releaseOfUnits(
  order: Order,
  chosen: readonly ChosenUnits[],
  { refund, waiting }: { readonly refund: OrderRefund | null; readonly waiting: OrderRefund | null },
  reason: string,
): NewEffect | null {
  const items = chosen.flatMap((line) => releaseLine(order, line));
  if (items.length === 0) return null;
  const suffix = refund?.id ?? chosen.map(({ itemId, units }) => `${itemId}.${units.join('.')}`).join('+');
  return {
    kind: 'tickets.release',
    key: `${effectKey('tickets.release', order.id, order.generation)}:${suffix}`,
    queue: 'main',
    generation: order.generation,
    state: 'pending',
    dueInMs: 0,
    request: {
      release: { orderId: order.id, generation: order.generation, reason, items },
      refundId: waiting?.id ?? null,
    },
  };
}

/** A refund that FAILED left its tickets void: without their ids ticket-service would take others in their place. */
function releaseLine(
  order: Order,
  { itemId, units }: ChosenUnits,
): readonly { readonly ticketTypeId: string; readonly quantity: number; readonly ticketIds?: string[] }[] {
  const item = order.items.find((candidate) => candidate.id === itemId);
  if (item === undefined) return [];
  const { ticketTypeId } = item;
  if (!order.tickets.some((ticket) => ticket.itemId === itemId))
    return [{ ticketTypeId, quantity: units.length }];
  const ticketIds = ticketIdsOfUnits(order, itemId, units);
  return ticketIds.length === 0
    ? []
    : [{ ticketTypeId, quantity: ticketIds.length, ticketIds: [...ticketIds] }];
}

export function ticketIdsOfUnits(order: Order, itemId: string, units: readonly number[]): readonly string[] {
  return order.tickets
    .filter((ticket) => ticket.itemId === itemId && ticket.status === 'ISSUED' && units.includes(ticket.unit))
    .map((ticket) => ticket.id);
}

function sumUnits(chosen: readonly ChosenUnits[]): number {
  return chosen.reduce((sum, { units }) => sum + units.length, 0);
}
