import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { OrderPayment } from '../domain/order.js';

/** The payment intents of orders: one per generation, and every stranger that paid for an order of ours. */
@Injectable()
export class PaymentsStore {
  /** Remembers an intent that was opened for the order. */
  async opened(tx: Transaction, orderId: string, payment: OrderPayment): Promise<void> {
    await tx.execute(
      `insert into order_payments (tenant_id, order_id, payment_intent_id, generation, amount_cents, currency, status, client_secret_sealed, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, 'open', $7, now(), now())
       on conflict (tenant_id, payment_intent_id) do nothing`,
      [
        tx.tenant(),
        orderId,
        payment.paymentIntentId,
        payment.generation,
        payment.amountCents,
        payment.currency,
        payment.clientSecretSealed,
      ],
    );
  }

  /**
   * Books what payment-service says came in. @returns false when it was booked before: the money is known already
   */
  async received(
    tx: Transaction,
    orderId: string,
    payment: Pick<
      OrderPayment,
      'paymentIntentId' | 'generation' | 'amountCents' | 'currency' | 'receivedCents'
    >,
  ): Promise<boolean> {
    const changed = await tx.execute(
      `insert into order_payments as p (tenant_id, order_id, payment_intent_id, generation, amount_cents, currency, status, received_cents, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, 'succeeded', $7, now(), now())
       on conflict (tenant_id, payment_intent_id) do update
          set status = 'succeeded', received_cents = excluded.received_cents
        where p.order_id = excluded.order_id and p.status <> 'succeeded'`,
      [
        tx.tenant(),
        orderId,
        payment.paymentIntentId,
        payment.generation,
        payment.amountCents,
        payment.currency,
        payment.receivedCents,
      ],
    );
    return changed === 1;
  }

  async canceled(tx: Transaction, paymentIntentId: string): Promise<void> {
    await tx.execute(
      `update order_payments set status = 'canceled' where tenant_id = $1 and payment_intent_id = $2 and status = 'open'`,
      [tx.tenant(), paymentIntentId],
    );
  }

  /**
   * Sets money aside for a refund; the CHECK on the row refuses more than came in, whatever the caller believes.
   */
  async reserveRefund(tx: Transaction, paymentIntentId: string, amountCents: number): Promise<void> {
    await tx.execute(
      `update order_payments set refund_reserved_cents = refund_reserved_cents + $3 where tenant_id = $1 and payment_intent_id = $2`,
      [tx.tenant(), paymentIntentId, amountCents],
    );
  }

  /** Frees what a FAILED refund had set aside. */
  async freeRefund(tx: Transaction, paymentIntentId: string, amountCents: number): Promise<void> {
    await tx.execute(
      `update order_payments set refund_reserved_cents = refund_reserved_cents - $3 where tenant_id = $1 and payment_intent_id = $2`,
      [tx.tenant(), paymentIntentId, amountCents],
    );
  }
}
