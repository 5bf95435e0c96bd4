import { z } from 'zod';
import { orNull, wireCents, wireCount, wireCurrency, wireId, wireInstant, wireText } from '@app/platform';

/** What event-service and ticket-service read and write (downstream contract), as we rely on it. */

export const EVENT_STATUSES = [
  'SCHEDULED',
  'ON_SALE',
  'SOLD_OUT',
  'CANCELLED',
  'POSTPONED',
  'ENDED',
] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

export interface Venue {
  readonly id: string;
  readonly country: string;
  readonly region: string | null;
  readonly city: string | null;
  readonly postalCode: string | null;
}

export interface EventDetails {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly status: EventStatus;
  readonly currency: string;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly saleStartsAt: string | null;
  readonly saleEndsAt: string | null;
  readonly venue: Venue;
  readonly purchaseLimitPerBuyer: number | null;
  readonly version: number;
}

export const eventSchema: z.ZodType<EventDetails> = z.object({
  id: wireId,
  tenantId: wireId,
  name: wireText,
  status: z.enum(EVENT_STATUSES),
  currency: wireCurrency,
  startsAt: wireInstant,
  endsAt: orNull(wireInstant),
  saleStartsAt: orNull(wireInstant),
  saleEndsAt: orNull(wireInstant),
  venue: z.object({
    id: wireId,
    country: z.string().min(1).max(100),
    region: orNull(wireText),
    city: orNull(wireText),
    postalCode: orNull(wireText),
  }),
  purchaseLimitPerBuyer: orNull(wireCount),
  version: z.int(),
});

export interface PricesRequest {
  readonly eventId: string;
  readonly ticketTypeIds: readonly string[];
}

export interface TicketTypePrice {
  readonly ticketTypeId: string;
  readonly eventId: string;
  readonly name: string;
  readonly unitPriceCents: number;
  readonly currency: string;
  readonly version: number;
}

export const pricesSchema: z.ZodType<{ readonly prices: readonly TicketTypePrice[] }> = z.object({
  prices: z.array(
    z.object({
      ticketTypeId: wireId,
      eventId: wireId,
      name: wireText,
      unitPriceCents: wireCents,
      currency: wireCurrency,
      version: z.int(),
    }),
  ),
});

/** What a refused price lookup says: which ticket types do not exist (empty when it does not say). */
export interface MissingTicketTypes {
  readonly ticketTypeIds: readonly string[];
}

export const missingTicketTypesSchema: z.ZodType<MissingTicketTypes> = z
  .object({ ticketTypeIds: z.array(wireId).max(1_000) })
  .catch({ ticketTypeIds: [] });

export interface AvailabilityRequest {
  readonly ticketTypeIds: readonly string[];
}

export interface TicketTypeAvailability {
  readonly ticketTypeId: string;
  readonly available: number;
}

export const availabilitySchema: z.ZodType<{ readonly availability: readonly TicketTypeAvailability[] }> =
  z.object({
    availability: z.array(z.object({ ticketTypeId: wireId, available: wireCount })),
  });

export interface TicketLine {
  readonly ticketTypeId: string;
  readonly quantity: number;
}

const ticketLine = z.object({ ticketTypeId: wireId, quantity: wireCount });

export interface ReserveRequest {
  readonly orderId: string;
  readonly generation: number;
  readonly eventId: string;
  readonly items: readonly TicketLine[];
  readonly expiresAt: string;
}

export interface TicketHold {
  readonly orderId: string;
  readonly generation?: number | undefined;
  readonly status: 'HELD';
  readonly expiresAt: string;
  readonly items: readonly TicketLine[];
}

export const holdSchema: z.ZodType<TicketHold> = z.object({
  orderId: wireId,
  generation: z.int().optional(),
  status: z.literal('HELD'),
  expiresAt: wireInstant,
  items: z.array(ticketLine),
});

export interface Shortage {
  readonly ticketTypeId: string;
  readonly requested: number;
  readonly available: number;
}

const shortages: z.ZodType<readonly Shortage[]> = z
  .array(z.object({ ticketTypeId: wireId, requested: wireCount, available: wireCount }))
  .catch([]);

/** What a refused reservation says: which ticket types are short (empty when it does not say). */
export interface ReserveRefusal {
  readonly unavailable: readonly Shortage[];
}

export const reserveRefusalSchema: z.ZodType<ReserveRefusal> = z
  .object({ unavailable: shortages })
  .catch({ unavailable: [] });

/** As ticket-service takes it in one call. */
export const RESERVE_BATCH_MAX = 200;

export interface ReserveBatchRequest {
  readonly reservations: readonly ReserveRequest[];
}

export interface BatchReservation {
  readonly orderId: string;
  readonly generation?: number | undefined;
  readonly status: 'HELD' | 'REJECTED' | 'RELEASED';
  readonly unavailable: readonly Shortage[];
}

export const batchSchema: z.ZodType<{ readonly results: readonly BatchReservation[] }> = z.object({
  results: z.array(
    z.object({
      orderId: wireId,
      generation: z.int().optional(),
      status: z.enum(['HELD', 'REJECTED', 'RELEASED']),
      unavailable: shortages,
    }),
  ),
});

export interface ConfirmTicketsRequest {
  readonly orderId: string;
  readonly generation: number;
}

export interface IssuedTickets {
  readonly orderId: string;
  readonly generation?: number | undefined;
  readonly status: 'ISSUED';
  readonly tickets: readonly { readonly id: string; readonly ticketTypeId: string }[];
}

export const issuedSchema: z.ZodType<IssuedTickets> = z.object({
  orderId: wireId,
  generation: z.int().optional(),
  status: z.literal('ISSUED'),
  tickets: z.array(z.object({ id: wireId, ticketTypeId: wireId })),
});

export interface ReleaseRequest {
  readonly orderId: string;
  readonly generation: number;
  /** Frees these only and closes nothing; without it everything of generations up to the given one goes. */
  readonly items?: readonly (TicketLine & { readonly ticketIds?: readonly string[] })[];
  readonly reason: string;
}

export interface ReleasedTickets {
  readonly orderId: string;
  readonly generation?: number | undefined;
  readonly status: 'RELEASED';
}

export const releasedSchema: z.ZodType<ReleasedTickets> = z.object({
  orderId: wireId,
  generation: z.int().optional(),
  status: z.literal('RELEASED'),
});

export const RESERVATION_STATUSES = ['HELD', 'ISSUED', 'RELEASED', 'EXPIRED'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

export interface Reservation {
  readonly orderId: string;
  readonly tenantId: string;
  readonly generation: number;
  readonly status: ReservationStatus;
  readonly items: readonly TicketLine[];
  readonly expiresAt: string | null;
  readonly updatedAt: string;
}

export const reservationSchema: z.ZodType<Reservation> = z.object({
  orderId: wireId,
  tenantId: wireId,
  generation: z.int(),
  status: z.enum(RESERVATION_STATUSES),
  items: z.array(ticketLine),
  expiresAt: orNull(wireInstant),
  updatedAt: wireInstant,
});
