import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/platform';
import type { PaymentOutcome } from '../domain/payment-outcomes.js';

export type LatePaymentOutcome = Exclude<PaymentOutcome, 'confirmed'> | 'recovered';

/** Money that came when the order did not expect it, and what became of it: one row per intent. */
@Injectable()
export class LatePaymentsStore {
  async record(
    tx: Transaction,
    late: {
      readonly paymentIntentId: string;
      readonly orderId: string;
      readonly outcome: LatePaymentOutcome;
      readonly orderStatus: string;
      readonly receivedCents: number;
    },
  ): Promise<void> {
    await tx.execute(
      `insert into late_payments (tenant_id, payment_intent_id, order_id, outcome, order_status, received_cents, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, now(), now())
       on conflict (tenant_id, payment_intent_id) do update set outcome = excluded.outcome`,
      [tx.tenant(), late.paymentIntentId, late.orderId, late.outcome, late.orderStatus, late.receivedCents],
    );
  }

  async outcomeOf(tx: Transaction, paymentIntentId: string): Promise<LatePaymentOutcome | null> {
    const [row] = await tx.query<{ outcome: LatePaymentOutcome }>(
      `select outcome from late_payments where tenant_id = $1 and payment_intent_id = $2`,
      [tx.tenant(), paymentIntentId],
    );
    return row?.outcome ?? null;
  }
}
