import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CallOffByMessage, HurryOrder } from '@app/orders';
import { EventErrorFilter, PLATFORM_EVENTS, type InboundMessage, type MessageResult } from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import {
  EVENT_CANCELLED,
  EVENT_CHANGED,
  TICKETS_ISSUED,
  TICKET_TYPE_CHANGED,
  payloadOf,
} from './message-payloads.js';

/** What event-service and ticket-service tell. */
@Controller()
@UseFilters(EventErrorFilter)
export class CatalogueMessagesController {
  constructor(
    private readonly catalog: TicketCatalog,
    private readonly hurryOrder: HurryOrder,
    private readonly callOff: CallOffByMessage,
  ) {}

  @EventPattern('tickets.issued', PLATFORM_EVENTS)
  async ticketsIssued(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.hurryOrder.ticketsIssued(message, payloadOf(TICKETS_ISSUED, message).orderId);
  }

  @EventPattern('event.cancelled', PLATFORM_EVENTS)
  async eventCancelled(@Payload() message: InboundMessage): Promise<MessageResult> {
    const cancelled = payloadOf(EVENT_CANCELLED, message);
    this.catalog.drop(cancelled.eventId);
    return this.callOff.execute(message, cancelled);
  }

  @EventPattern('event.updated', PLATFORM_EVENTS)
  async eventUpdated(@Payload() message: InboundMessage): Promise<MessageResult> {
    this.catalog.drop(payloadOf(EVENT_CHANGED, message).eventId);
    return 'applied';
  }

  @EventPattern('ticket-type.updated', PLATFORM_EVENTS)
  async ticketTypeUpdated(@Payload() message: InboundMessage): Promise<MessageResult> {
    const { ticketTypeId, eventId } = payloadOf(TICKET_TYPE_CHANGED, message);
    this.catalog.dropTicketType(ticketTypeId);
    if (eventId !== undefined) this.catalog.drop(eventId);
    return 'applied';
  }
}
