import { z } from 'zod';

export const EVENT_STATUSES = [
  'SCHEDULED',
  'ON_SALE',
  'SOLD_OUT',
  'CANCELLED',
  'POSTPONED',
  'ENDED',
] as const;
export const STOCK_MODES = ['atomic', 'check-then-act'] as const;
/** `check-then-act` imitates a ticket-service that reads availability and writes later, without a guard. */
export type StockMode = (typeof STOCK_MODES)[number];

export const venueRow = z
  .object({
    id: z.string(),
    country: z.string(),
    region: z.string(),
    city: z.string(),
    postalCode: z.string(),
  })
  .readonly();
export type Venue = z.infer<typeof venueRow>;

export const eventRow = z
  .object({
    id: z.string(),
    tenantId: z.string(),
    name: z.string(),
    status: z.enum(EVENT_STATUSES),
    currency: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    saleStartsAt: z.string(),
    saleEndsAt: z.string(),
    venue: venueRow,
    purchaseLimitPerBuyer: z.number().int().nullable(),
    version: z.number().int(),
    stockMode: z.enum(STOCK_MODES),
  })
  .readonly();
export type EventRow = z.infer<typeof eventRow>;
export type EventStatus = EventRow['status'];

export const ticketTypeRow = z
  .object({
    id: z.string(),
    eventId: z.string(),
    tenantId: z.string(),
    name: z.string(),
    unitPriceCents: z.number().int(),
    currency: z.string(),
    capacity: z.number().int(),
    version: z.number().int(),
  })
  .readonly();
export type TicketTypeRow = z.infer<typeof ticketTypeRow>;

export interface EventWithTypes {
  readonly event: EventRow;
  readonly ticketTypes: readonly TicketTypeRow[];
}
