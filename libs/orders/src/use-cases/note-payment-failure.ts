import { Injectable } from '@nestjs/common';
import { Database, InboxStore, type InboundMessage, type MessageResult } from '@app/platform';
import type { Order } from '../domain/order.js';
import { OrderStores } from '../persistence/order-stores.js';
import { PAYMENT_SERVICE, requestIdOf } from './confirm-by-message.js';

/** Reasons of ours and of payment-service are codes; anything else could be a person's words and stays inside. */
const REASON_CODE = /^[A-Za-z0-9_.-]{1,64}$/;
const REASON_LENGTH_MAX = 200;

/** The message payment.failed: a try to pay was declined. The order keeps waiting for its money; its buyer may try again. */
@Injectable()
export class NotePaymentFailure {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly inbox: InboxStore,
  ) {}

  /** @throws ORDER_NOT_FOUND */
  async execute(
    message: InboundMessage,
    failed: {
      readonly orderId: string;
      readonly paymentIntentId: string;
      readonly reason?: string | undefined;
    },
  ): Promise<MessageResult> {
    const actor = { kind: 'service', id: PAYMENT_SERVICE } as const;
    const { tenantId, traceparent } = message;
    const scope = { tenantId, pool: 'worker', actor, requestId: requestIdOf(message) } as const;
    return this.database.transaction(scope, async (tx): Promise<MessageResult> => {
      const order = await this.stores.orders.get(tx, failed.orderId, { lock: true });
      if (!(await this.inbox.receive(tx, message))) return 'duplicate';
      if (order.status !== 'RESERVED' || order.paymentIntentId !== failed.paymentIntentId) return 'ignored';
      const next: Order = { ...order, eventSequence: order.eventSequence + 1 };
      await this.stores.orders.save(tx, order, next);
      const reason =
        failed.reason !== undefined && REASON_CODE.test(failed.reason) ? failed.reason : undefined;
      const { paymentIntentId } = failed;
      await this.stores.outbox.append(tx, [
        {
          type: 'order.payment_failed',
          order: next,
          previousStatus: order.status,
          also: { paymentIntentId, ...(reason === undefined ? {} : { reason }) },
          traceparent,
        },
      ]);
      await this.stores.audit.append(tx, {
        orderId: order.id,
        type: 'order.payment_failed',
        actor,
        isPublic: true,
        ...(failed.reason === undefined ? {} : { reason: failed.reason.slice(0, REASON_LENGTH_MAX) }),
        data: { paymentIntentId },
      });
      return 'applied';
    });
  }
}
