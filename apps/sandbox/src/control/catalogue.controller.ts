import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Inject, Param, Patch, Post } from '@nestjs/common';
import { ANNOUNCER, type Announcer } from '../announcements/announcer.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { EventRow, TicketTypeRow } from '../catalogue/catalogue-rows.js';
import { eventNotFound } from '../catalogue/events.controller.js';
import { DEFAULT_TENANT_ID } from '../catalogue/shipped-catalogue.js';
import { checked } from '../http/checked.js';
import { uuid } from '../http/wire.js';
import { ticketTypeNotFound } from '../tickets/reservation-desk.js';
import { ReservationShelf } from '../tickets/reservation-shelf.js';
import {
  amendEventBody,
  amendTicketTypeBody,
  createEventBody,
  type AmendEventBody,
  type AmendTicketTypeBody,
  type CreateEventBody,
} from './control.schemas.js';
import { amendmentOf, newEvent } from './new-event.js';

/** The shop window: what is sold, and how a test changes it. */
@Controller('sandbox')
export class CatalogueController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly shelf: ReservationShelf,
    @Inject(ANNOUNCER) private readonly announcer: Announcer,
  ) {}

  @Get('catalog')
  list(): unknown {
    this.shelf.expire();
    const events = this.catalogue.list().map(({ event, ticketTypes }) => this.view(event, ticketTypes));
    return { tenantId: DEFAULT_TENANT_ID, events };
  }

  @Post('events')
  create(@Body(checked(createEventBody)) body: CreateEventBody): unknown {
    const created = newEvent(body, Date.now());
    this.catalogue.add(created);
    return this.view(created.event, created.ticketTypes);
  }

  @Patch('events/:id')
  amendEvent(
    @Param('id', checked(uuid)) id: string,
    @Body(checked(amendEventBody)) body: AmendEventBody,
  ): unknown {
    const before = this.catalogue.event(id);
    const event = this.catalogue.amendEvent(id, amendmentOf(body, Date.now()));
    if (before === undefined || event === undefined) throw eventNotFound();
    const { tenantId, version, status } = event;
    const isCancelling = status === 'CANCELLED' && before.status !== 'CANCELLED';
    this.announcer.announce({
      name: randomUUID(),
      pattern: isCancelling ? 'event.cancelled' : 'event.updated',
      payload: isCancelling
        ? { eventId: id, tenantId, reason: body.reason ?? 'The organiser called the event off.' }
        : { eventId: id, tenantId, version, status },
    });
    return this.view(event, this.catalogue.ticketTypesOf(id));
  }

  @Patch('ticket-types/:id')
  amendTicketType(
    @Param('id', checked(uuid)) id: string,
    @Body(checked(amendTicketTypeBody)) body: AmendTicketTypeBody,
  ): unknown {
    const type = this.catalogue.amendTicketType(id, body);
    if (type === undefined) throw ticketTypeNotFound([id]);
    const { eventId, tenantId, version, currency } = type;
    this.announcer.announce({
      name: randomUUID(),
      pattern: 'ticket-type.updated',
      payload: { ticketTypeId: id, eventId, tenantId, version },
    });
    return { eventId, currency, version, ...this.typeView(type) };
  }

  private view(event: EventRow, ticketTypes: readonly TicketTypeRow[]): unknown {
    return { ...event, ticketTypes: ticketTypes.map((type) => this.typeView(type)) };
  }

  private typeView({ id, name, unitPriceCents, capacity }: TicketTypeRow): Readonly<Record<string, unknown>> {
    return { id, name, unitPriceCents, capacity, available: this.shelf.levels.available(id) };
  }
}
