import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  NO_DETAILS,
  UpstreamClient,
  wirePage,
  type CallContext,
  type Outcome,
  type RefusalCode,
  type WirePage,
} from '@app/platform';
import {
  availabilityEcho,
  batchEcho,
  holdEcho,
  orderEcho,
  pricesEcho,
  reservationEcho,
} from './ticket-echoes.js';
import {
  RESERVE_BATCH_MAX,
  availabilitySchema,
  batchSchema,
  holdSchema,
  issuedSchema,
  missingTicketTypesSchema,
  pricesSchema,
  releasedSchema,
  reservationSchema,
  reserveRefusalSchema,
  type AvailabilityRequest,
  type BatchReservation,
  type ConfirmTicketsRequest,
  type IssuedTickets,
  type MissingTicketTypes,
  type PricesRequest,
  type ReleaseRequest,
  type ReleasedTickets,
  type Reservation,
  type ReserveBatchRequest,
  type ReserveRefusal,
  type ReserveRequest,
  type TicketHold,
  type TicketTypeAvailability,
  type TicketTypePrice,
} from './wire.js';

const RESERVATIONS_PAGE = wirePage('reservations', reservationSchema);

/**
 * ticket-service, the only owner of stock. `key` is the effect's own derived key, the same for every attempt;
 * a request is sent as canonical JSON, so the same request has the same bytes.
 */
@Injectable()
export class TicketServiceClient {
  constructor(private readonly upstream: UpstreamClient) {}

  prices(
    request: PricesRequest,
    context: CallContext,
  ): Promise<
    Outcome<{ readonly prices: readonly TicketTypePrice[] }, RefusalCode<'prices'>, MissingTicketTypes>
  > {
    return this.upstream.call(
      {
        operation: 'prices',
        path: '/internal/tickets/prices',
        body: request,
        answer: pricesSchema,
        refusal: missingTicketTypesSchema,
        echo: ({ prices }) => pricesEcho(request, prices),
      },
      context,
    );
  }

  availability(
    request: AvailabilityRequest,
    context: CallContext,
  ): Promise<Outcome<{ readonly availability: readonly TicketTypeAvailability[] }>> {
    return this.upstream.call(
      {
        operation: 'availability',
        path: '/internal/tickets/availability',
        body: request,
        answer: availabilitySchema,
        refusal: NO_DETAILS,
        echo: ({ availability }) =>
          availabilityEcho(
            request.ticketTypeIds,
            availability.map((row) => row.ticketTypeId),
          ),
      },
      context,
    );
  }

  reserve(
    request: ReserveRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<TicketHold, RefusalCode<'reserve'>, ReserveRefusal>> {
    return this.upstream.call(
      {
        operation: 'reserve',
        path: '/internal/tickets/reserve',
        body: request,
        idempotencyKey: key,
        answer: holdSchema,
        refusal: reserveRefusalSchema,
        echo: (hold) => holdEcho(request, hold),
      },
      context,
    );
  }

  /**
   * Reserves for several orders of one tenant at once, each atomic in itself, in the order given.
   * @throws INTERNAL above RESERVE_BATCH_MAX reservations (a bug of ours)
   */
  async reserveBatch(
    request: ReserveBatchRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<{ readonly results: readonly BatchReservation[] }, RefusalCode<'reserveBatch'>>> {
    if (request.reservations.length > RESERVE_BATCH_MAX) {
      throw new AppError('INTERNAL', {
        reason: `${String(request.reservations.length)} reservations in one batch`,
      });
    }
    return this.upstream.call(
      {
        operation: 'reserveBatch',
        path: '/internal/tickets/reserve/batch',
        body: request,
        idempotencyKey: key,
        answer: batchSchema,
        refusal: NO_DETAILS,
        echo: ({ results }) => batchEcho(request.reservations, results),
      },
      context,
    );
  }

  confirm(
    request: ConfirmTicketsRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<IssuedTickets, RefusalCode<'confirmTickets'>>> {
    return this.upstream.call(
      {
        operation: 'confirmTickets',
        path: '/internal/tickets/confirm',
        body: request,
        idempotencyKey: key,
        answer: issuedSchema,
        refusal: NO_DETAILS,
        echo: (issued) => orderEcho(request, issued),
      },
      context,
    );
  }

  release(
    request: ReleaseRequest,
    key: string,
    context: CallContext,
  ): Promise<Outcome<ReleasedTickets, RefusalCode<'releaseTickets'>>> {
    return this.upstream.call(
      {
        operation: 'releaseTickets',
        path: '/internal/tickets/release',
        body: request,
        idempotencyKey: key,
        answer: releasedSchema,
        refusal: NO_DETAILS,
        echo: (released) => orderEcho(request, released),
      },
      context,
    );
  }

  getReservation(
    orderId: string,
    context: CallContext,
  ): Promise<Outcome<Reservation, RefusalCode<'getReservation'>>> {
    return this.upstream.call(
      {
        operation: 'getReservation',
        path: `/internal/tickets/reservations/${encodeURIComponent(orderId)}`,
        answer: reservationSchema,
        refusal: NO_DETAILS,
        echo: (reservation) => reservationEcho(orderId, reservation, context),
      },
      context,
    );
  }

  /** For reconciliation; without a tenant in the context it lists those of all tenants. */
  listReservations(
    query: { readonly updatedSince: string; readonly cursor?: string },
    context: CallContext,
  ): Promise<Outcome<WirePage<Reservation>>> {
    return this.upstream.call(
      {
        operation: 'listReservations',
        path: '/internal/tickets/reservations',
        query: { updatedSince: query.updatedSince, cursor: query.cursor },
        answer: RESERVATIONS_PAGE,
        refusal: NO_DETAILS,
      },
      context,
    );
  }
}
