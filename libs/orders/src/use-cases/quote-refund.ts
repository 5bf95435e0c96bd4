import { Injectable } from '@nestjs/common';
import { HOUR_MS, MINUTE_MS } from '@app/kernel';
import { Database, type Caller, type UserPrincipal } from '@app/platform';
import { applicableRefundRule, chooseUnits, refundAmountOfUnits } from '@app/pricing';
import type { Order } from '../domain/order.js';
import { refundableLines } from '../domain/refund.js';
import { stateConflict } from '../domain/state-machine.js';
import { Paybacks } from '../effects/paybacks.js';
import { OrderStores } from '../persistence/order-stores.js';
import { visibleTo } from './access.js';

const QUOTE_VALID_MS = 5 * MINUTE_MS;

export interface RefundQuoteBody {
  readonly amountCents: number;
  readonly currency: string;
  readonly keptCents: number;
  readonly items: readonly {
    readonly itemId: string;
    readonly quantity: number;
    readonly amountCents: number;
  }[];
  readonly policy: { readonly id: string | null; readonly clause: string };
  readonly validUntil: string;
}

/** POST /orders/:id/refund-quote: what a refund would pay back now; it changes nothing. */
@Injectable()
export class QuoteRefund {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly paybacks: Paybacks,
  ) {}

  async execute(
    caller: Caller<UserPrincipal>,
    orderId: string,
    items: readonly { readonly itemId: string; readonly quantity: number }[] | undefined,
  ): Promise<RefundQuoteBody> {
    return this.database.transaction(
      { tenantId: caller.principal.tenantId, requestId: caller.requestId },
      async (tx) => {
        const order = await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
        if (order.status !== 'CONFIRMED' && order.status !== 'COMPLETED')
          throw stateConflict(order, 'refund');
        const lines = refundableLines(order, await this.paybacks.known(tx, order.id));
        const chosen = chooseUnits(lines, items === undefined ? {} : { items }, order.currency);
        const eventCancelled = await this.stores.saleStops.isStopped(tx, order);
        const rule = applicableRefundRule(order.refundPolicy, {
          now: tx.now,
          eventStartsAt: order.eventStartsAt,
          eventCancelled,
        });
        const amount = refundAmountOfUnits(lines, chosen, rule);
        return {
          amountCents: amount.amountCents,
          currency: order.currency,
          keptCents: amount.keptCents,
          items: amount.perLine.map(({ itemId, units, amountCents }) => ({
            itemId,
            quantity: units.length,
            amountCents,
          })),
          policy: { id: order.refundPolicy.id, clause: rule.clause },
          validUntil: validUntil(order, tx.now).toISOString(),
        };
      },
    );
  }
}

/** A quote never promises anything beyond the hour at which the next, stricter rule begins. */
function validUntil(order: Order, now: Date): Date {
  const boundaries = order.refundPolicy.rules
    .map((rule) => order.eventStartsAt.getTime() - rule.hoursBeforeStart * HOUR_MS)
    .filter((boundaryMs) => boundaryMs >= now.getTime());
  return new Date(Math.min(now.getTime() + QUOTE_VALID_MS, ...boundaries));
}
