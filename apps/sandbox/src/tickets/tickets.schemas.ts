import { z } from 'zod';
import { generation, instant, uuid } from '../http/wire.js';

const ITEMS_MAX = 100;
const QUANTITY_MAX = 10_000;
const RESERVATIONS_MAX = 200;

const quantity = z.number().int().min(1).max(QUANTITY_MAX);
const item = z.object({ ticketTypeId: uuid, quantity });

function onePerTicketType(items: readonly { readonly ticketTypeId: string }[]): boolean {
  return new Set(items.map((entry) => entry.ticketTypeId)).size === items.length;
}
const ONE_PER_TYPE = 'names a ticket type twice';

export const pricesBody = z.object({
  eventId: uuid,
  ticketTypeIds: z.array(uuid).min(1).max(ITEMS_MAX),
});
export type PricesBody = z.infer<typeof pricesBody>;

export const availabilityBody = z.object({ ticketTypeIds: z.array(uuid).min(1).max(ITEMS_MAX) });
export type AvailabilityBody = z.infer<typeof availabilityBody>;

export const reserveBody = z.object({
  orderId: uuid,
  generation,
  eventId: uuid,
  items: z.array(item).min(1).max(ITEMS_MAX).refine(onePerTicketType, ONE_PER_TYPE),
  expiresAt: instant,
});
export type ReserveBody = z.infer<typeof reserveBody>;

export const reserveBatchBody = z.object({
  reservations: z.array(reserveBody).min(1).max(RESERVATIONS_MAX),
});
export type ReserveBatchBody = z.infer<typeof reserveBatchBody>;

export const confirmBody = z.object({ orderId: uuid, generation });
export type ConfirmBody = z.infer<typeof confirmBody>;

export const releaseBody = z.object({
  orderId: uuid,
  generation,
  items: z
    .array(item.extend({ ticketIds: z.array(uuid).max(QUANTITY_MAX).optional() }))
    .min(1)
    .max(ITEMS_MAX)
    .refine(onePerTicketType, ONE_PER_TYPE)
    .optional(),
  reason: z.string().max(500).optional(),
});
export type ReleaseBody = z.infer<typeof releaseBody>;
