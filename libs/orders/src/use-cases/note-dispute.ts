import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  InboxStore,
  type InboundMessage,
  type MessageResult,
  type Transaction,
} from '@app/platform';
import { isDisputed, type DisputeFact } from '../domain/disputes.js';
import { OrderStores } from '../persistence/order-stores.js';
import { PAYMENT_SERVICE, requestIdOf } from './confirm-by-message.js';

export interface DisputeTold {
  readonly orderId?: string | undefined;
  readonly paymentIntentId?: string | undefined;
  readonly disputeId?: string | undefined;
}

/**
 * The messages payment.dispute.opened and .closed: while the buyer's bank disputes a payment, nothing is paid back.
 * Every message becomes an entry of the history, and the history decides.
 */
@Injectable()
export class NoteDispute {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly inbox: InboxStore,
  ) {}

  /** @throws ORDER_NOT_FOUND */
  async execute(
    message: InboundMessage,
    kind: DisputeFact['kind'],
    told: DisputeTold,
  ): Promise<MessageResult> {
    const actor = { kind: 'service', id: PAYMENT_SERVICE } as const;
    const { tenantId } = message;
    const scope = { tenantId, pool: 'worker', actor, requestId: requestIdOf(message) } as const;
    return this.database.transaction(scope, async (tx): Promise<MessageResult> => {
      const orderId = told.orderId ?? (await this.orderOfPayment(tx, told.paymentIntentId));
      const order = await this.stores.orders.get(tx, orderId, { lock: true });
      if (!(await this.inbox.receive(tx, message))) return 'duplicate';
      const facts = await disputeFacts(tx, orderId);
      const disputed = isDisputed([...facts, { kind, disputeId: told.disputeId ?? null }]);
      if (disputed !== order.disputed)
        await this.stores.orders.save(tx, order, { ...order, disputed, version: order.version + 1 });
      await this.stores.audit.append(tx, {
        orderId,
        type: `payment.dispute.${kind}`,
        actor,
        isPublic: false,
        data: { disputeId: told.disputeId ?? null, paymentIntentId: told.paymentIntentId ?? null },
      });
      return disputed === order.disputed ? 'ignored' : 'applied';
    });
  }

  private async orderOfPayment(tx: Transaction, paymentIntentId: string | undefined): Promise<string> {
    const [row] = await tx.query<{ orderId: string }>(
      `select order_id as "orderId" from order_payments where tenant_id = $1 and payment_intent_id = $2`,
      [tx.tenant(), paymentIntentId ?? null],
    );
    if (row === undefined) throw new AppError('ORDER_NOT_FOUND');
    return row.orderId;
  }
}

function disputeFacts(tx: Transaction, orderId: string): Promise<readonly DisputeFact[]> {
  return tx.query<DisputeFact>(
    `select substring(type from 'payment[.]dispute[.](.*)') as kind, data ->> 'disputeId' as "disputeId"
       from order_events
      where tenant_id = $1 and order_id = $2 and type in ('payment.dispute.opened', 'payment.dispute.closed')`,
    [tx.tenant(), orderId],
  );
}
