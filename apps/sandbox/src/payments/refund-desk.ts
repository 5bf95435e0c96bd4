import { Injectable } from '@nestjs/common';
import { Refusal, keyReused, validationFailed } from '../http/refusal.js';
import type { Call } from '../http/sibling-call.js';
import { Ledger, type LedgerNote, type LedgerOutcome } from '../ledger/ledger.js';
import { fingerprint } from '../state/answer-memory.js';
import { Cashier } from './cashier.js';
import { refundView, type Refund, type RefundView } from './intent-rows.js';
import type { RefundBody } from './payments.schemas.js';
import { RefundBank } from './refund-bank.js';
import { RefundBook } from './refund-book.js';

const REFUSAL_TEXTS = {
  EXCEEDS_CAPTURED: 'This is more than was received and has not been paid back yet.',
  INSUFFICIENT_BALANCE: 'The account has too little money to pay this back now.',
} as const;

/** Takes requests for refunds; a refund is known by its own id, whatever key a request comes with. */
@Injectable()
export class RefundDesk {
  constructor(
    private readonly refunds: RefundBook,
    private readonly bank: RefundBank,
    private readonly cashier: Cashier,
    private readonly ledger: Ledger,
  ) {}

  /** @throws Refusal 400, 404, 409 EXCEEDS_CAPTURED, INSUFFICIENT_BALANCE, 422 KEY_REUSED */
  refund(call: Call, body: RefundBody): RefundView {
    const intent = this.cashier.intentOf(call.tenantId, body.paymentIntentId);
    if (body.currency !== intent.currency)
      throw validationFailed(`currency: the intent is in ${intent.currency}`);
    const { refundId, amountCents, reason } = body;
    const wish = {
      refundId,
      amountCents,
      reason,
      fingerprint: fingerprint({ operation: 'refund', asked: body }),
    };
    const result = this.refunds.ask(wish, intent, this.bank.terms());
    const note = (outcome: LedgerOutcome, code?: string): void => {
      const entry: LedgerNote = {
        service: 'payment-service',
        operation: 'refund',
        orderId: intent.orderId,
        key: call.key,
        outcome,
        refundId,
        paymentIntentId: intent.paymentIntentId,
        amountCents,
        currency: intent.currency,
      };
      this.ledger.record(code === undefined ? entry : { ...entry, code });
    };
    switch (result.kind) {
      case 'accepted':
        note(result.replayed ? 'replayed' : 'executed');
        return refundView(result.replayed ? result.refund : this.bank.take(result.refund));
      case 'reused':
        note('refused', 'KEY_REUSED');
        throw keyReused();
      case 'refused':
        note('refused', result.code);
        throw new Refusal(409, result.code, REFUSAL_TEXTS[result.code]);
    }
  }

  /** The refund when it is this tenant's. @throws Refusal 404 */
  refundOf(tenantId: string, refundId: string): Refund {
    const refund = this.refunds.find(refundId);
    if (refund?.tenantId !== tenantId) {
      throw new Refusal(404, 'REFUND_NOT_FOUND', 'There is no refund with this id.');
    }
    return refund;
  }
}
