import { z } from 'zod';
import { orNull, wireCents, wireCurrency, wireId, wireText } from '@app/platform';

/** What payment-service reads and writes (downstream contract), as we rely on it. */

export const INTENT_STATUSES = [
  'requires_payment_method',
  'requires_action',
  'processing',
  'succeeded',
  'canceled',
] as const;
export type IntentStatus = (typeof INTENT_STATUSES)[number];

export interface OpenIntentRequest {
  readonly orderId: string;
  readonly generation: number;
  readonly amountCents: number;
  readonly currency: string;
  readonly userId: string;
}

export interface OpenedIntent {
  readonly paymentIntentId: string;
  readonly clientSecret: string;
  readonly status: IntentStatus;
  readonly amountCents: number;
  readonly currency: string;
  readonly orderId: string;
  readonly generation?: number | undefined;
}

export const openedIntentSchema: z.ZodType<OpenedIntent> = z.object({
  paymentIntentId: wireId,
  clientSecret: z.string().min(1).max(1_024),
  status: z.enum(INTENT_STATUSES),
  amountCents: wireCents,
  currency: wireCurrency,
  orderId: wireId,
  generation: z.int().optional(),
});

export interface PaymentIntent {
  readonly paymentIntentId: string;
  readonly orderId: string;
  readonly status: IntentStatus;
  readonly amountCents: number;
  readonly amountReceivedCents: number;
  readonly refundedCents: number;
  readonly currency: string;
  readonly tenantId: string | null;
}

const intentShape = {
  paymentIntentId: wireId,
  orderId: wireId,
  status: z.enum(INTENT_STATUSES),
  amountCents: wireCents,
  amountReceivedCents: wireCents,
  refundedCents: wireCents,
  currency: wireCurrency,
};

export const intentSchema: z.ZodType<PaymentIntent> = z.object({ ...intentShape, tenantId: orNull(wireId) });

/** A row of the list across tenants, which always says whose it is. */
export interface ListedIntent extends PaymentIntent {
  readonly tenantId: string;
}

export const listedIntentSchema: z.ZodType<ListedIntent> = z.object({ ...intentShape, tenantId: wireId });

/** What a cancel answers beside its status, when it answers with the whole intent. */
export interface CanceledIntent {
  readonly status: 'canceled';
  readonly paymentIntentId?: string | undefined;
}

export const canceledIntentSchema: z.ZodType<CanceledIntent> = z.object({
  status: z.literal('canceled'),
  paymentIntentId: wireId.optional(),
});

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

export interface RefundRequest {
  readonly refundId: string;
  readonly paymentIntentId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly reason: string;
}

export interface Refund {
  readonly refundId: string;
  readonly status: RefundStatus;
  readonly failureCode: string | null;
  readonly paymentIntentId: string | null;
  readonly amountCents: number | null;
  readonly currency: string | null;
}

export const refundSchema: z.ZodType<Refund> = z.object({
  refundId: wireId,
  status: z.enum(REFUND_STATUSES),
  failureCode: orNull(wireText),
  // The contract does not promise these three; where they are there, they must fit.
  paymentIntentId: orNull(wireId),
  amountCents: orNull(wireCents),
  currency: orNull(wireCurrency),
});
