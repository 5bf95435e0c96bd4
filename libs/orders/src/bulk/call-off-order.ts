import { Injectable } from '@nestjs/common';
import { errorRow, type ErrorCode } from '@app/kernel';
import { Database, type Transaction } from '@app/platform';
import { openUnits } from '@app/pricing';
import type { Order } from '../domain/order.js';
import { refundableLines, type OrderRefund } from '../domain/refund.js';
import { BeginFence } from '../effects/begin-fence.js';
import { EVERYTHING, Paybacks, paybackOfUnits, type Payback } from '../effects/paybacks.js';
import { OrderStores } from '../persistence/order-stores.js';
import { BulkItemsStore, type ItemState } from './bulk-items.store.js';
import type { BulkOperation } from './operation.js';

const DONE: ItemState = { kind: 'done' };
const WAITING: ItemState = { kind: 'waiting' };

/** The next step of an order of a called-off event, and what leaves for it after the commit. */
export interface CalledOff {
  readonly state: ItemState;
  readonly order: Order;
  /** fence: the operation begun on the order must be driven on · effects: what the step wrote down is due */
  readonly next: 'nothing' | 'fence' | 'effects';
}

type Step = Omit<CalledOff, 'order'> & { readonly order?: Order };

/**
 * Ends one order of a called-off event by the normal verbs, in one transaction with its place in the work list.
 * Every step is decided from the locked order alone, so repeating one after a crash does nothing twice.
 */
@Injectable()
export class CallOffOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly items: BulkItemsStore,
    private readonly beginFence: BeginFence,
    private readonly paybacks: Paybacks,
  ) {}

  /** @throws FencedOff when somebody else changed the order or took the step meanwhile */
  async step(operation: BulkOperation, orderId: string): Promise<CalledOff> {
    const scope = {
      tenantId: operation.tenantId,
      actor: operation.actor,
      requestId: operation.requestId,
      pool: 'worker',
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const order = await this.stores.orders.get(tx, orderId, { lock: true });
      await tx.because({ reason: operation.reason, data: { operationId: operation.id } });
      const step = await this.decide(tx, operation, order);
      await this.items.settle(tx, operation, orderId, step.state);
      return { order, ...step };
    });
  }

  private async decide(tx: Transaction, operation: BulkOperation, order: Order): Promise<Step> {
    // Whoever reserves, cancels or recovers it now comes to an end of their own; then it is looked at again.
    if (order.op !== null) return { state: WAITING, next: 'nothing' };
    switch (order.status) {
      case 'PENDING':
        return this.cancelPending(tx, operation, order);
      case 'RESERVED':
        return this.fence(tx, operation, order);
      case 'CONFIRMED':
      case 'COMPLETED':
        return order.disputed
          ? { state: failed('ORDER_DISPUTED'), next: 'nothing' }
          : this.payBack(tx, operation, order);
      case 'CANCELLED':
      case 'EXPIRED':
      case 'REFUNDED':
        return this.ended(tx, order);
    }
  }

  private async cancelPending(tx: Transaction, operation: BulkOperation, order: Order): Promise<Step> {
    await this.stores.move(tx, order, 'cancel', { also: { cancelReason: operation.reason } });
    await this.stores.giveBackClaims(tx, order.id);
    return { state: DONE, next: 'nothing' };
  }

  private async fence(tx: Transaction, operation: BulkOperation, order: Order): Promise<Step> {
    const begun = await this.beginFence.begin(tx, order, 'cancelling', {
      actor: operation.actor,
      reason: operation.reason,
      requestId: operation.requestId,
    });
    return { state: WAITING, next: 'fence', order: begun };
  }

  /** Everything that is not on its way back already goes back, fees included and whatever the policy says. */
  private async payBack(tx: Transaction, operation: BulkOperation, order: Order): Promise<Step> {
    const known = await this.paybacks.known(tx, order.id);
    const units = openUnits(refundableLines(order, known));
    if (order.status === 'COMPLETED' && units.length === 0) return this.underWay(known);
    const principal = principalOf(operation);
    if (known.some((refund) => refund.principal === principal && refund.status === 'FAILED'))
      return { state: refundFailed(known), next: 'nothing' };
    const facts = {
      reason: operation.reason,
      principal,
      // One operation pays an order back at most once, by a constraint.
      idempotencyKey: order.id,
      isEventCalledOff: true,
    };
    const payback = paybackOfUnits(order, known, units, EVERYTHING, facts, tx.now);
    await (order.status === 'CONFIRMED'
      ? this.cancelPaid(tx, operation, order, payback)
      : this.refundIssued(tx, operation, order, payback));
    return { state: WAITING, next: 'effects' };
  }

  private async cancelPaid(
    tx: Transaction,
    operation: BulkOperation,
    order: Order,
    payback: Payback,
  ): Promise<void> {
    await this.stores.effects.supersedeUnsent(tx, order.id, ['tickets.confirm']);
    const cancelled = await this.stores.move(tx, order, 'cancel', {
      also: { ...payback.also, cancelReason: operation.reason },
    });
    await this.paybacks.write(tx, cancelled, payback);
    await this.stores.giveBackClaims(tx, order.id);
  }

  private async refundIssued(
    tx: Transaction,
    operation: BulkOperation,
    order: Order,
    payback: Payback,
  ): Promise<void> {
    const { refund } = payback;
    if (refund === null) {
      // It cost nothing, so there is nothing to wait for.
      const refunded = await this.stores.move(tx, order, 'refund');
      return this.paybacks.write(tx, refunded, payback);
    }
    const next: Order = { ...order, ...payback.also, version: order.version + 1 };
    await this.stores.orders.save(tx, order, next);
    await this.paybacks.write(tx, next, payback);
    await this.stores.audit.append(tx, {
      orderId: order.id,
      type: 'refund.requested',
      actor: operation.actor,
      isPublic: true,
      reason: operation.reason,
      data: { refundId: refund.id, amountCents: refund.amountCents, clause: refund.policyClause },
    });
  }

  /** Somebody asked for all of it before. */
  private underWay(known: readonly OrderRefund[]): Step {
    return known.some((refund) => refund.status === 'PENDING')
      ? { state: WAITING, next: 'nothing' }
      : { state: refundFailed(known), next: 'nothing' };
  }

  /** The order is at its end; the operation is done with it when its money is home, too. */
  private async ended(tx: Transaction, order: Order): Promise<Step> {
    const known = await this.paybacks.known(tx, order.id);
    if (known.some((refund) => refund.status === 'PENDING')) return { state: WAITING, next: 'nothing' };
    const keepsMoney = order.payments.some(
      (payment) =>
        payment.receivedCents > payment.refundReservedCents &&
        known.some(
          (refund) => refund.status === 'FAILED' && refund.paymentIntentId === payment.paymentIntentId,
        ),
    );
    return { state: keepsMoney ? refundFailed(known) : DONE, next: 'nothing' };
  }
}

function principalOf(operation: BulkOperation): string {
  return `operation:${operation.id}`;
}

function failed(code: ErrorCode): ItemState {
  return { kind: 'failed', code, detail: errorRow(code).detail };
}

function refundFailed(known: readonly OrderRefund[]): ItemState {
  const last = known.findLast((refund) => refund.status === 'FAILED');
  return {
    kind: 'failed',
    code: 'REFUND_FAILED',
    detail: `The refund failed (${last?.failureCode ?? 'UNKNOWN'}); its money is still here. Refund the order again.`,
  };
}
