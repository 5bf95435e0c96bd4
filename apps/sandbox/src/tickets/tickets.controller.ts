import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Catalogue } from '../catalogue/catalogue.js';
import { checked } from '../http/checked.js';
import { Refusal } from '../http/refusal.js';
import { ListTenant, Operation, Sibling, SiblingCall, type Call } from '../http/sibling-call.js';
import { listQuery, uuid, type ListQuery } from '../http/wire.js';
import { BoxOffice } from './box-office.js';
import { ReservationDesk, ticketTypeNotFound } from './reservation-desk.js';
import type { ReservationView } from './reservation-rows.js';
import { ReservationShelf } from './reservation-shelf.js';
import {
  availabilityBody,
  confirmBody,
  pricesBody,
  releaseBody,
  reserveBatchBody,
  reserveBody,
  type AvailabilityBody,
  type ConfirmBody,
  type PricesBody,
  type ReleaseBody,
  type ReserveBatchBody,
  type ReserveBody,
} from './tickets.schemas.js';

/** ticket-service. */
@Controller('internal/tickets')
@Sibling('ticket-service')
export class TicketsController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly shelf: ReservationShelf,
    private readonly desk: ReservationDesk,
    private readonly office: BoxOffice,
  ) {}

  @Post('prices')
  @HttpCode(200)
  @Operation('prices')
  prices(@SiblingCall() call: Call, @Body(checked(pricesBody)) body: PricesBody): unknown {
    const strangers = this.catalogue.strangers(call.tenantId, body.eventId, body.ticketTypeIds);
    if (strangers.length > 0) throw ticketTypeNotFound(strangers);
    const prices = [...new Set(body.ticketTypeIds)].flatMap((id) => {
      const type = this.catalogue.ticketType(id);
      if (type === undefined) return [];
      const { eventId, name, unitPriceCents, currency, version } = type;
      return [{ ticketTypeId: id, eventId, name, unitPriceCents, currency, version }];
    });
    return { prices };
  }

  @Post('availability')
  @HttpCode(200)
  @Operation('availability')
  availability(@SiblingCall() call: Call, @Body(checked(availabilityBody)) body: AvailabilityBody): unknown {
    this.shelf.expire();
    const availability = [...new Set(body.ticketTypeIds)].map((ticketTypeId) => {
      const isOwn = this.catalogue.ticketType(ticketTypeId)?.tenantId === call.tenantId;
      return { ticketTypeId, available: isOwn ? this.shelf.levels.available(ticketTypeId) : 0 };
    });
    return { availability };
  }

  @Post('reserve')
  @HttpCode(200)
  @Operation('reserve')
  reserve(@SiblingCall() call: Call, @Body(checked(reserveBody)) body: ReserveBody): Promise<unknown> {
    return this.desk.reserve(call, body);
  }

  @Post('reserve/batch')
  @HttpCode(200)
  @Operation('reserve')
  reserveBatch(
    @SiblingCall() call: Call,
    @Body(checked(reserveBatchBody)) body: ReserveBatchBody,
  ): Promise<unknown> {
    return this.desk.reserveBatch(call, body);
  }

  @Post('confirm')
  @HttpCode(200)
  @Operation('confirm')
  confirm(@SiblingCall() call: Call, @Body(checked(confirmBody)) body: ConfirmBody): unknown {
    return this.office.confirm(call, body);
  }

  @Post('release')
  @HttpCode(200)
  @Operation('release')
  release(@SiblingCall() call: Call, @Body(checked(releaseBody)) body: ReleaseBody): unknown {
    return this.office.release(call, body);
  }

  @Get('reservations')
  @Operation('get-reservation')
  list(@ListTenant() tenantId: string | null, @Query(checked(listQuery)) query: ListQuery): unknown {
    return this.shelf.list({ ...query, tenantId });
  }

  @Get('reservations/:orderId')
  @Operation('get-reservation')
  reservation(@SiblingCall() call: Call, @Param('orderId', checked(uuid)) orderId: string): ReservationView {
    const reservation = this.shelf.find(call.tenantId, orderId);
    if (reservation === undefined) {
      throw new Refusal(404, 'RESERVATION_NOT_FOUND', 'There is no reservation of this order.');
    }
    return reservation;
  }
}
