import { Injectable } from '@nestjs/common';
import { IdempotencyStore, type Transaction } from '@app/platform';
import { PromoCodesStore } from '@app/pricing';
import { moved, type Order } from '../domain/order.js';
import { verb, type VerbName } from '../domain/state-machine.js';
import { OutboxStore } from '../events/outbox.store.js';
import { AuditStore } from './audit.store.js';
import { EffectsStore } from './effects.store.js';
import { OperationsStore } from './operations.store.js';
import { OrdersStore } from './orders.store.js';
import { PaymentsStore } from './payments.store.js';
import { PurchaseLimitsStore } from './purchase-limits.store.js';
import { SaleStopsStore } from './sale-stops.store.js';

/** What a change of status brings along. */
export interface MoveOptions {
  readonly also?: Partial<Order>;
  readonly traceparent?: string | undefined;
  /** Facts that its events tell beside the order. */
  readonly told?: Readonly<Record<string, unknown>>;
}

/** The tables of an order in one hand, and the one way to change its status. */
@Injectable()
export class OrderStores {
  constructor(
    readonly orders: OrdersStore,
    readonly operations: OperationsStore,
    readonly effects: EffectsStore,
    readonly payments: PaymentsStore,
    readonly limits: PurchaseLimitsStore,
    readonly promoCodes: PromoCodesStore,
    readonly outbox: OutboxStore,
    readonly audit: AuditStore,
    readonly idempotency: IdempotencyStore,
    readonly saleStops: SaleStopsStore,
  ) {}

  /**
   * Moves a locked order by a verb: the guarded update, its history (by trigger) and its events, in this transaction.
   * @throws ORDER_STATE_CONFLICT when the table has no such transition; FencedOff when somebody was faster
   */
  async move(tx: Transaction, order: Order, name: VerbName, options: MoveOptions = {}): Promise<Order> {
    const next = moved(order, name, tx.now, options.also);
    await this.orders.save(tx, order, next);
    await this.outbox.append(
      tx,
      verb(name).events.map((type) => ({
        type,
        order: next,
        previousStatus: order.status,
        ...(options.told === undefined ? {} : { also: options.told }),
        ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
      })),
    );
    return next;
  }

  /** What an order that ends unpaid no longer counts: its buyer's limit and its promo code. */
  async giveBackClaims(tx: Transaction, orderId: string): Promise<void> {
    await this.limits.giveBack(tx, orderId);
    await this.promoCodes.giveBack(tx, orderId);
  }
}
