import { Injectable } from '@nestjs/common';
import {
  ECHO_FITS,
  NO_DETAILS,
  UpstreamClient,
  isSameId,
  wirePage,
  type CallContext,
  type Outcome,
  type RefusalCode,
  type WirePage,
} from '@app/platform';
import { intentEcho, intentsOfOrderEcho, openedIntentEcho, refundEcho } from './payment-echoes.js';
import {
  canceledIntentSchema,
  intentSchema,
  listedIntentSchema,
  openedIntentSchema,
  refundSchema,
  type CanceledIntent,
  type ListedIntent,
  type OpenIntentRequest,
  type OpenedIntent,
  type PaymentIntent,
  type Refund,
  type RefundRequest,
} from './wire.js';

const INTENTS_PATH = '/internal/payment-intents';
const REFUNDS_PATH = '/internal/refunds';
const INTENTS_OF_ORDER = wirePage('intents', intentSchema);
const INTENTS_PAGE = wirePage('intents', listedIntentSchema);

/** Which intent a confirm or cancel is about. */
export interface IntentRequest {
  readonly paymentIntentId: string;
}

/**
 * payment-service, the only mover of money. `key` is the effect's own derived key, the same for every attempt;
 * a request is sent as canonical JSON, so the same request has the same bytes.
 */
@Injectable()
export class PaymentServiceClient {
  constructor(private readonly upstream: UpstreamClient) {}

  /** An answer for another order, amount or currency is unknown and a finding, never an opened intent. */
  openIntent(
    request: OpenIntentRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<OpenedIntent, RefusalCode<'openIntent'>>> {
    return this.upstream.call(
      {
        operation: 'openIntent',
        path: INTENTS_PATH,
        body: request,
        idempotencyKey: key,
        answer: openedIntentSchema,
        refusal: NO_DETAILS,
        echo: (intent) => openedIntentEcho(request, intent),
      },
      context,
    );
  }

  getIntent(
    paymentIntentId: string,
    context: CallContext,
  ): Promise<Outcome<PaymentIntent, RefusalCode<'getIntent'>>> {
    return this.upstream.call(
      {
        operation: 'getIntent',
        path: `${INTENTS_PATH}/${encodeURIComponent(paymentIntentId)}`,
        answer: intentSchema,
        refusal: NO_DETAILS,
        echo: (intent) => intentEcho(paymentIntentId, intent, context),
      },
      context,
    );
  }

  listIntentsOfOrder(orderId: string, context: CallContext): Promise<Outcome<WirePage<PaymentIntent>>> {
    return this.upstream.call(
      {
        operation: 'listIntents',
        path: INTENTS_PATH,
        query: { orderId },
        answer: INTENTS_OF_ORDER,
        refusal: NO_DETAILS,
        echo: (page) => intentsOfOrderEcho(orderId, page),
      },
      context,
    );
  }

  /** For reconciliation; without a tenant in the context it lists those of all tenants. */
  listIntents(
    query: { readonly updatedSince: string; readonly cursor?: string },
    context: CallContext,
  ): Promise<Outcome<WirePage<ListedIntent>>> {
    return this.upstream.call(
      {
        operation: 'listIntents',
        path: INTENTS_PATH,
        query: { updatedSince: query.updatedSince, cursor: query.cursor },
        answer: INTENTS_PAGE,
        refusal: NO_DETAILS,
      },
      context,
    );
  }

  confirmIntent(
    request: IntentRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<PaymentIntent, RefusalCode<'confirmIntent'>>> {
    return this.upstream.call(
      {
        operation: 'confirmIntent',
        path: `${INTENTS_PATH}/${encodeURIComponent(request.paymentIntentId)}/confirm`,
        body: {},
        idempotencyKey: key,
        answer: intentSchema,
        refusal: NO_DETAILS,
        echo: (intent) =>
          intent.paymentIntentId === request.paymentIntentId
            ? ECHO_FITS
            : { kind: 'mismatch', what: 'another intent' },
      },
      context,
    );
  }

  /** Done only when payment-service says `canceled`: from then on the intent cannot be paid. */
  cancelIntent(
    request: IntentRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<CanceledIntent, RefusalCode<'cancelIntent'>>> {
    return this.upstream.call(
      {
        operation: 'cancelIntent',
        path: `${INTENTS_PATH}/${encodeURIComponent(request.paymentIntentId)}/cancel`,
        body: {},
        idempotencyKey: key,
        answer: canceledIntentSchema,
        refusal: NO_DETAILS,
        echo: (intent) =>
          intent.paymentIntentId === undefined || intent.paymentIntentId === request.paymentIntentId
            ? ECHO_FITS
            : { kind: 'mismatch', what: 'another intent' },
      },
      context,
    );
  }

  refund(
    request: RefundRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<Refund, RefusalCode<'refund'>>> {
    return this.upstream.call(
      {
        operation: 'refund',
        path: REFUNDS_PATH,
        body: request,
        idempotencyKey: key,
        answer: refundSchema,
        refusal: NO_DETAILS,
        echo: (refund) => refundEcho(request, refund),
      },
      context,
    );
  }

  getRefund(refundId: string, context: CallContext): Promise<Outcome<Refund>> {
    return this.upstream.call(
      {
        operation: 'getRefund',
        path: `${REFUNDS_PATH}/${encodeURIComponent(refundId)}`,
        answer: refundSchema,
        refusal: NO_DETAILS,
        echo: (refund) =>
          isSameId(refund.refundId, refundId) ? ECHO_FITS : { kind: 'mismatch', what: 'another refund' },
      },
      context,
    );
  }
}
