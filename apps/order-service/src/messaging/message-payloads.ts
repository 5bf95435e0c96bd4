import { z } from 'zod';
import { BrokenMessage, type InboundMessage } from '@app/platform';

const uuid = z.guid().transform((id) => id.toLowerCase());
const paymentIntentId = z.string().min(1).max(200);
const reason = z.string().max(2_000);

/** What siblings send, as far as it is used here; what else they send is theirs. */
export const PAYMENT_SUCCEEDED = z.looseObject({ orderId: uuid, paymentIntentId });
export const PAYMENT_FAILED = z.looseObject({
  orderId: uuid,
  paymentIntentId,
  reason: reason.nullish().transform((text) => text ?? undefined),
});
export const REFUND_SETTLED = z.looseObject({ refundId: uuid });
export const DISPUTE = z
  .looseObject({
    orderId: uuid.optional(),
    paymentIntentId: paymentIntentId.optional(),
    disputeId: z.string().min(1).max(200).optional(),
  })
  .refine(({ orderId, paymentIntentId: intent }) => orderId !== undefined || intent !== undefined, {
    path: ['orderId'],
  });
export const TICKETS_ISSUED = z.looseObject({ orderId: uuid });
export const EVENT_CHANGED = z.looseObject({ eventId: uuid });
export const TICKET_TYPE_CHANGED = z.looseObject({ ticketTypeId: uuid, eventId: uuid.optional() });
export const EVENT_CANCELLED = z.looseObject({
  eventId: uuid,
  reason: reason.nullish().transform((text) => text ?? ''),
});

/**
 * The payload as its schema says. The reason of a refusal names members, never values.
 * @throws BrokenMessage
 */
export function payloadOf<Schema extends z.ZodType>(
  schema: Schema,
  { payload }: Pick<InboundMessage, 'payload'>,
): z.output<Schema> {
  const read = schema.safeParse(payload);
  if (read.success) return read.data;
  const places = new Set(read.error.issues.map(({ path }) => path.join('.')));
  throw new BrokenMessage(
    'PAYLOAD_INVALID',
    `The payload does not fit its schema at: ${[...places].join(', ')}.`,
  );
}
