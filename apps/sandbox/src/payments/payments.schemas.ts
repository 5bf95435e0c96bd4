import { z } from 'zod';
import { cents, currencyCode, generation, uuid } from '../http/wire.js';
import { PAY_OUTCOMES } from './payment-book.js';

const MINUTES_10_MS = 600_000;

export const createIntentBody = z.object({
  orderId: uuid,
  generation,
  amountCents: cents,
  currency: currencyCode,
  userId: z.string().min(1).max(128),
});
export type CreateIntentBody = z.infer<typeof createIntentBody>;

export const refundBody = z.object({
  refundId: uuid,
  paymentIntentId: uuid,
  amountCents: cents.min(1),
  currency: currencyCode,
  reason: z.string().max(500),
});
export type RefundBody = z.infer<typeof refundBody>;

export const payBody = z.object({
  outcome: z.enum(PAY_OUTCOMES).default('succeed'),
  amountCents: cents.optional(),
  notify: z.enum(['once', 'twice', 'never']).default('once'),
  delayMs: z.number().int().min(0).max(MINUTES_10_MS).default(0),
});
export type PayBody = z.infer<typeof payBody>;

export const disputeBody = z.object({
  action: z.enum(['open', 'close']),
  outcome: z.enum(['won', 'lost']).default('won'),
});
export type DisputeBody = z.infer<typeof disputeBody>;
