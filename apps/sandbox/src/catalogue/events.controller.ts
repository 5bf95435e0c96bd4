import { Controller, Get, Param } from '@nestjs/common';
import { checked } from '../http/checked.js';
import { Refusal } from '../http/refusal.js';
import { Operation, Sibling, SiblingCall, type Call } from '../http/sibling-call.js';
import { uuid } from '../http/wire.js';
import { Catalogue } from './catalogue.js';
import type { EventRow } from './catalogue-rows.js';

/** event-service. */
@Controller('internal/events')
@Sibling('event-service')
export class EventsController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get(':eventId')
  @Operation('get-event')
  get(
    @SiblingCall() call: Call,
    @Param('eventId', checked(uuid)) eventId: string,
  ): Omit<EventRow, 'stockMode'> {
    const event = this.catalogue.eventOf(call.tenantId, eventId);
    if (event === undefined) throw eventNotFound();
    const { stockMode: _ofTheSandboxOnly, ...shown } = event;
    return shown;
  }
}

export function eventNotFound(): Refusal {
  return new Refusal(404, 'EVENT_NOT_FOUND', 'There is no event with this id.');
}
