import { UUID_PATTERN } from '@app/kernel';
import { z } from 'zod';

/** Any UUID version, in lower case as PostgreSQL prints it. */
export const uuid = z
  .string()
  .regex(UUID_PATTERN, 'must be a UUID')
  .transform((text) => text.toLowerCase());

export const instant = z.iso.datetime({ offset: true });
export const cents = z.number().int().min(0);
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code');
export const generation = z.number().int().min(0).max(1_000_000);

/** Query of the lists that reconciliation walks through. */
export const listQuery = z.object({
  orderId: uuid.optional(),
  updatedSince: instant.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a cursor of this list')
    .transform(Number)
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type ListQuery = z.infer<typeof listQuery>;
