import { ECHO_FITS, isSameId, type CallContext, type EchoVerdict, type WirePage } from '@app/platform';
import type { OpenIntentRequest, OpenedIntent, PaymentIntent, Refund, RefundRequest } from './wire.js';

/** Whether an answer of payment-service speaks of the payment that was asked about. */

function mismatch(what: string): { readonly kind: 'mismatch'; readonly what: string } {
  return { kind: 'mismatch', what };
}

export function openedIntentEcho(asked: OpenIntentRequest, intent: OpenedIntent): EchoVerdict<never> {
  if (!isSameId(intent.orderId, asked.orderId)) return mismatch('an intent of another order');
  if (intent.generation !== undefined && intent.generation !== asked.generation)
    return mismatch('an intent of another generation of the order');
  if (intent.amountCents !== asked.amountCents) {
    return mismatch(`an amount of ${String(intent.amountCents)} instead of ${String(asked.amountCents)}`);
  }
  if (intent.currency !== asked.currency)
    return mismatch(`an amount in ${intent.currency} instead of ${asked.currency}`);
  return ECHO_FITS;
}

/** An intent of another tenant counts as not found. */
export function intentEcho(
  paymentIntentId: string,
  intent: PaymentIntent,
  context: CallContext,
): EchoVerdict<'INTENT_NOT_FOUND'> {
  if (intent.paymentIntentId !== paymentIntentId) return mismatch('another intent');
  if (isForeign(intent, context)) {
    return { kind: 'refused', status: 404, code: 'INTENT_NOT_FOUND', body: null };
  }
  return ECHO_FITS;
}

/** A payment that cannot be read must not look like a payment that is not there. */
export function intentsOfOrderEcho(orderId: string, page: WirePage<PaymentIntent>): EchoVerdict<never> {
  if (page.unreadableCount > 0) return mismatch('an intent that cannot be read');
  return page.rows.every((intent) => isSameId(intent.orderId, orderId))
    ? ECHO_FITS
    : mismatch('intents of another order');
}

export function refundEcho(asked: RefundRequest, refund: Refund): EchoVerdict<never> {
  if (!isSameId(refund.refundId, asked.refundId)) return mismatch('another refund');
  if (refund.paymentIntentId !== null && refund.paymentIntentId !== asked.paymentIntentId)
    return mismatch('a refund of another intent');
  if (refund.amountCents !== null && refund.amountCents !== asked.amountCents) {
    return mismatch(`a refund of ${String(refund.amountCents)} instead of ${String(asked.amountCents)}`);
  }
  if (refund.currency !== null && refund.currency !== asked.currency)
    return mismatch(`a refund in ${refund.currency} instead of ${asked.currency}`);
  return ECHO_FITS;
}

function isForeign(intent: PaymentIntent, context: CallContext): boolean {
  return (
    intent.tenantId !== null && context.tenantId !== null && !isSameId(intent.tenantId, context.tenantId)
  );
}
