import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isAppError, type Clock } from '@app/kernel';
import type { PaymentIntent } from '@app/payments';
import { Database, type Actor, type Transaction } from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import type { Order } from '../domain/order.js';
import { intentState, type Books, type SeenReservation } from '../domain/reconciliation.js';
import type { Repair } from '../domain/reconciliation-matrix.js';
import { whyNotOnSale } from '../domain/sale-rules.js';
import { callContext, type AdvanceContext } from '../effects/advance-context.js';
import {
  confirmTicketsEffect,
  effectKey,
  openIntentRequest,
  type Effect,
  type EffectKind,
  type NewEffect,
} from '../effects/catalog.js';
import { SettlePayment } from '../effects/settle-payment.js';
import { OrderWorker } from '../effects/worker.js';
import { FindingsStore } from '../persistence/findings.store.js';
import { OrderStores } from '../persistence/order-stores.js';
import { ExpireOrder } from './expire-order.js';

export const RECONCILIATION_ACTOR: Actor = { kind: 'system', id: 'reconciliation' };

/** An order as all three saw it, and what shall be done about it. */
export interface Mending {
  readonly books: Books;
  readonly intents: readonly PaymentIntent[];
  readonly reservation: SeenReservation | null;
  readonly repair: Repair;
  /** Part of the keys of calls that were never planned, so that each is one call however often it is tried. */
  readonly findingId: string;
}

/** Mends an inconsistency through the verb or effect that should have done it, and says so in the audit trail. */
@Injectable()
export class MendOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly settlePayment: SettlePayment,
    private readonly findings: FindingsStore,
    private readonly expireOrder: ExpireOrder,
    private readonly worker: OrderWorker,
    private readonly catalog: TicketCatalog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @returns false when nothing was done: the order has changed meanwhile, or the repair is under way already */
  async mend(mending: Mending, context: AdvanceContext): Promise<boolean> {
    const { repair } = mending;
    switch (repair) {
      case 'settle':
        return this.settle(mending, context);
      case 'expire':
        return this.expire(mending, context);
      case 'issue':
      case 'release':
      case 'cancel-intent':
        return this.send(mending, repair, context);
    }
  }

  /** The money is there and nobody told us: booked by the table, as if payment-service had told us now. */
  private async settle(mending: Mending, context: AdvanceContext): Promise<boolean> {
    const { books } = mending;
    const unbooked = mending.intents.filter((intent) => intentState(books, intent) === 'unbooked');
    const canRecover = books.order.status === 'EXPIRED' && (await this.stillSells(books.order, context));
    for (const intent of unbooked) {
      const settled = await this.inOrder(mending, context, async (tx, order) => {
        try {
          const { order: next } = await this.settlePayment.settle(tx, order, intent, {
            canRecover,
            isFence: false,
            requestId: context.requestId,
          });
          await this.note(tx, order, 'settle', { paymentIntentId: intent.paymentIntentId });
          return next;
        } catch (error) {
          if (!isAppError(error, 'PAYMENT_MISMATCH')) throw error;
          // Its deadline's fence pays it back; until then an operator can see it.
          await this.raiseWrongAmount(tx, order, intent);
          return null;
        }
      });
      if (settled === null) return false;
      if (settled.op === 'recovering') this.worker.advanceSoon(settled);
      else this.worker.soon(settled);
      // The others are settled against the order as it is now, in the next round.
      return true;
    }
    return false;
  }

  private expire({ books }: Mending, context: AdvanceContext): Promise<boolean> {
    const { order } = books;
    return this.expireOrder.expireReserved({ tenantId: order.tenantId, orderId: order.id }, context, {
      actor: RECONCILIATION_ACTOR,
      reason: 'it could not be paid any more, or had no seats',
      isDue: (locked) => locked.version === order.version,
    });
  }

  /** The call that should have been made is made, by the effect that makes such calls. */
  private async send(
    mending: Mending,
    repair: 'issue' | 'release' | 'cancel-intent',
    context: AdvanceContext,
  ): Promise<boolean> {
    const sent = await this.inOrder(mending, context, async (tx, order) => {
      const effects = await this.stores.effects.ofOrder(tx, order.id);
      if (isUnderWay(effects, REPAIR_EFFECTS[repair])) return null;
      await this.arm(tx, order, mending, repair);
      await this.note(tx, order, repair, {});
      return order;
    });
    if (sent !== null) this.worker.soon(sent);
    return sent !== null;
  }

  private async arm(
    tx: Transaction,
    order: Order,
    mending: Mending,
    repair: 'issue' | 'release' | 'cancel-intent',
  ): Promise<void> {
    const { effects } = this.stores;
    if (repair === 'release') return effects.append(tx, order.id, [releaseOf(order, mending)]);
    if (repair === 'cancel-intent') return effects.append(tx, order.id, cancelsOf(order, mending));
    const confirm = confirmTicketsEffect(order);
    if (!(await effects.rearm(tx, order.id, confirm.key))) await effects.append(tx, order.id, [confirm]);
  }

  /** Runs `work` on the locked order while it is still the one that was looked at. */
  private inOrder(
    { books: { order } }: Mending,
    context: AdvanceContext,
    work: (tx: Transaction, order: Order) => Promise<Order | null>,
  ): Promise<Order | null> {
    const scope = {
      tenantId: order.tenantId,
      pool: 'worker',
      actor: RECONCILIATION_ACTOR,
      requestId: context.requestId,
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const locked = await this.stores.orders.get(tx, order.id, { lock: true });
      const isSame =
        locked.op === null && locked.version === order.version && locked.opFence === order.opFence;
      if (!isSame) return null;
      await tx.because({ reason: 'reconciliation' });
      return work(tx, locked);
    });
  }

  private async note(
    tx: Transaction,
    order: Order,
    repair: Repair,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'order.reconciled',
      actor: RECONCILIATION_ACTOR,
      isPublic: false,
      data: { repair, ...facts },
    });
  }

  private async raiseWrongAmount(tx: Transaction, order: Order, intent: PaymentIntent): Promise<void> {
    await this.findings.raise(tx, {
      kind: 'payment_wrong_amount',
      subject: intent.paymentIntentId,
      orderId: order.id,
      details: {
        expectedCents: order.totalCents,
        currency: order.currency,
        receivedCents: intent.amountReceivedCents,
        receivedCurrency: intent.currency,
        orderStatus: order.status,
      },
    });
  }

  private async stillSells(order: Order, context: AdvanceContext): Promise<boolean> {
    const event = await this.catalog.event(order.eventId, callContext(order, context));
    return whyNotOnSale(event, this.clock.now()) === null;
  }
}

const REPAIR_EFFECTS: Readonly<Record<'issue' | 'release' | 'cancel-intent', readonly EffectKind[]>> = {
  issue: ['tickets.reserve', 'tickets.confirm'],
  release: ['tickets.release'],
  'cancel-intent': ['payments.cancel'],
};

/** One that waits is sent anyway, one that is parked is an operator's, and a used ticket is never released. */
function isUnderWay(effects: readonly Effect[], kinds: readonly EffectKind[]): boolean {
  return effects.some(
    (effect) =>
      kinds.includes(effect.kind) &&
      (effect.state === 'pending' ||
        effect.state === 'parked' ||
        (effect.kind === 'tickets.release' && effect.outcome?.['kind'] === 'ticket-used')),
  );
}

function releaseOf(order: Order, { reservation, findingId }: Mending): NewEffect {
  const generation = Math.max(order.generation, reservation?.generation ?? 0);
  return {
    kind: 'tickets.release',
    key: `${effectKey('tickets.release', order.id, generation)}:${findingId}`,
    queue: `undo:${generation}`,
    generation,
    state: 'pending',
    dueInMs: 0,
    request: { release: { orderId: order.id, generation, reason: 'reconciliation' }, refundId: null },
  };
}

function cancelsOf(order: Order, { books, intents, findingId }: Mending): readonly NewEffect[] {
  return intents
    .filter((intent) => ['loose', 'open'].includes(intentState(books, intent)))
    .map((intent) => ({
      kind: 'payments.cancel',
      key: `${effectKey('payments.cancel', order.id, order.generation)}:${findingId}:${intent.paymentIntentId}`,
      queue: `undo:${order.generation}`,
      generation: order.generation,
      state: 'pending',
      dueInMs: 0,
      request: { paymentIntentId: intent.paymentIntentId, open: openIntentRequest(order) },
    }));
}
