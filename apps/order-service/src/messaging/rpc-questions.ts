import { z } from 'zod';
import { AppError, type FieldError } from '@app/kernel';
import { ORDER_STATUSES } from '@app/orders';

const uuid = z.guid().transform((id) => id.toLowerCase());
const LIMIT_MAX = 100;

export const GET_ORDER = z.strictObject({ orderId: uuid });
export const LIST_BY_EVENT = z.strictObject({
  eventId: uuid,
  status: z.array(z.enum(ORDER_STATUSES)).min(1).max(ORDER_STATUSES.length).optional(),
  limit: z.int().min(1).max(LIMIT_MAX).default(20),
  cursor: z.string().min(1).max(2_000).optional(),
});
export const CONFIRM_ORDER = z.strictObject({ orderId: uuid, paymentIntentId: z.string().min(1).max(200) });
export const EXPIRE_ORDER = z.strictObject({
  orderId: uuid,
  reason: z.string().min(1).max(500).optional(),
});

/** @throws VALIDATION_FAILED naming every member that is wrong, as over HTTP */
export function questionOf<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const errors: FieldError[] = read.error.issues.map(({ path, code, message }) => ({
    pointer: path.map((part) => `/${String(part)}`).join(''),
    code: code.toUpperCase(),
    detail: message,
  }));
  throw new AppError('VALIDATION_FAILED', { reason: 'see errors.' }, { members: { errors } });
}
