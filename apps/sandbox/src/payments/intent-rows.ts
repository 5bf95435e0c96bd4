import { z } from 'zod';

export const INTENT_STATUSES = [
  'requires_payment_method',
  'requires_action',
  'processing',
  'succeeded',
  'canceled',
] as const;

export const intentRow = z
  .object({
    paymentIntentId: z.string(),
    tenantId: z.string(),
    orderId: z.string(),
    generation: z.number().int(),
    userId: z.string(),
    status: z.enum(INTENT_STATUSES),
    amountCents: z.number().int(),
    amountReceivedCents: z.number().int(),
    /** What refunds that succeeded have paid back. */
    refundedCents: z.number().int(),
    currency: z.string(),
    clientSecret: z.string(),
    updatedAt: z.string(),
    /** Position in the order of changes: the cursor of the list. */
    changeNumber: z.number().int(),
  })
  .readonly();
export type Intent = z.infer<typeof intentRow>;

export interface IntentView {
  readonly paymentIntentId: string;
  readonly orderId: string;
  readonly status: Intent['status'];
  readonly amountCents: number;
  readonly amountReceivedCents: number;
  readonly refundedCents: number;
  readonly currency: string;
}

/** An intent as payment-service shows it. */
export function intentView(intent: Intent): IntentView {
  const { paymentIntentId, orderId, status, amountCents, amountReceivedCents, refundedCents, currency } =
    intent;
  return { paymentIntentId, orderId, status, amountCents, amountReceivedCents, refundedCents, currency };
}

/** A row of a list that may span tenants. */
export function intentListRow(
  intent: Intent,
): IntentView & { readonly tenantId: string; readonly updatedAt: string } {
  return { ...intentView(intent), tenantId: intent.tenantId, updatedAt: intent.updatedAt };
}

export const refundRow = z
  .object({
    refundId: z.string(),
    tenantId: z.string(),
    paymentIntentId: z.string(),
    orderId: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed']),
    failureCode: z.string().optional(),
    amountCents: z.number().int(),
    currency: z.string(),
    reason: z.string(),
    /** Decided when it was asked for, so that a test's setting applies to its own refund. */
    willSucceed: z.boolean(),
    settlesAt: z.string(),
    fingerprint: z.string(),
  })
  .readonly();
export type Refund = z.infer<typeof refundRow>;

export interface RefundView {
  readonly refundId: string;
  readonly status: Refund['status'];
  readonly failureCode?: string;
}

export function refundView({ refundId, status, failureCode }: Refund): RefundView {
  return { refundId, status, ...(failureCode === undefined ? {} : { failureCode }) };
}
