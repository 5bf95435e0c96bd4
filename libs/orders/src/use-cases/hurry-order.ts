import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  InboxStore,
  type InboundMessage,
  type MessageResult,
  type Transaction,
} from '@app/platform';
import type { EffectKind } from '../effects/catalog.js';
import { OrderWorker } from '../effects/worker.js';
import { OrderStores } from '../persistence/order-stores.js';
import { requestIdOf } from './confirm-by-message.js';

type Waiting = Extract<EffectKind, 'tickets.confirm' | 'payments.refund'>;

/**
 * Messages that say a sibling has finished something. They are not believed, they only make us ask at once: what the
 * order becomes is decided by the sibling's own answer.
 */
@Injectable()
export class HurryOrder {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly inbox: InboxStore,
    private readonly worker: OrderWorker,
  ) {}

  /** tickets.issued. @throws ORDER_NOT_FOUND */
  ticketsIssued(message: InboundMessage, orderId: string): Promise<MessageResult> {
    return this.hurry(message, 'tickets.confirm', () => Promise.resolve(orderId));
  }

  /** payment.refund.succeeded and .failed; a refund that is not ours is none of our business. */
  refundSettled(message: InboundMessage, refundId: string): Promise<MessageResult> {
    return this.hurry(message, 'payments.refund', (tx) => orderOfRefund(tx, refundId));
  }

  private async hurry(
    message: InboundMessage,
    kind: Waiting,
    findOrder: (tx: Transaction) => Promise<string | null>,
  ): Promise<MessageResult> {
    const { tenantId } = message;
    const scope = { tenantId, pool: 'worker', requestId: requestIdOf(message) } as const;
    const { result, orderId } = await this.database.transaction(
      scope,
      async (tx): Promise<{ result: MessageResult; orderId: string | null }> => {
        const found = await findOrder(tx);
        if (found === null) return { result: 'ignored', orderId: null };
        if ((await this.stores.orders.find(tx, found)) === null) throw new AppError('ORDER_NOT_FOUND');
        if (!(await this.inbox.receive(tx, message))) return { result: 'duplicate', orderId: null };
        const isWaiting = await this.stores.effects.dueNow(tx, found, kind);
        return { result: isWaiting ? 'applied' : 'ignored', orderId: isWaiting ? found : null };
      },
    );
    if (orderId !== null) this.worker.soon({ tenantId, id: orderId });
    return result;
  }
}

async function orderOfRefund(tx: Transaction, refundId: string): Promise<string | null> {
  const [row] = await tx.query<{ orderId: string }>(
    `select order_id as "orderId" from order_refunds where tenant_id = $1 and id = $2`,
    [tx.tenant(), refundId],
  );
  return row?.orderId ?? null;
}
