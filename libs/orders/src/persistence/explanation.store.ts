import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { OrderStatus } from '../domain/state-machine.js';
import type { LatePaymentOutcome } from './late-payments.store.js';

/** What an explanation shows of each kind at most; the oldest are left out. */
const ROWS_MAX = 500;

export interface HistoryFact {
  readonly sequence: number;
  readonly type: string;
  readonly at: Date;
  readonly actorKind: 'user' | 'service' | 'system';
  readonly actorId: string;
  readonly fromStatus: OrderStatus | null;
  readonly toStatus: OrderStatus | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface MessageFact {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly createdAt: Date;
  readonly position: number | null;
  readonly attempts: number;
  readonly publishedAt: Date | null;
}

export interface LatePaymentFact {
  readonly paymentIntentId: string;
  readonly outcome: LatePaymentOutcome;
  readonly orderStatus: OrderStatus;
  readonly receivedCents: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What happened to an order, as the explanation of it needs it. */
@Injectable()
export class ExplanationStore {
  async history(tx: Transaction, orderId: string): Promise<readonly HistoryFact[]> {
    return tx.query<HistoryFact>(
      `select sequence, type, at, actor_kind as "actorKind", actor_id as "actorId", from_status as "fromStatus", to_status as "toStatus",
              reason, request_id as "requestId", data
         from order_events where tenant_id = $1 and order_id = $2 order by sequence desc limit ${ROWS_MAX}`,
      [tx.tenant(), orderId],
    );
  }

  async messages(tx: Transaction, orderId: string): Promise<readonly MessageFact[]> {
    return tx.query<MessageFact>(
      `select id, event_sequence as sequence, type, created_at as "createdAt", position, attempts, published_at as "publishedAt"
         from outbox where tenant_id = $1 and order_id = $2 order by event_sequence desc limit ${ROWS_MAX}`,
      [tx.tenant(), orderId],
    );
  }

  async latePayments(tx: Transaction, orderId: string): Promise<readonly LatePaymentFact[]> {
    return tx.query<LatePaymentFact>(
      `select payment_intent_id as "paymentIntentId", outcome, order_status as "orderStatus", received_cents as "receivedCents",
              created_at as "createdAt", updated_at as "updatedAt"
         from late_payments where tenant_id = $1 and order_id = $2 order by created_at limit ${ROWS_MAX}`,
      [tx.tenant(), orderId],
    );
  }
}
