import { Injectable } from '@nestjs/common';
import {
  ECHO_FITS,
  NO_DETAILS,
  UpstreamClient,
  isSameId,
  type CallContext,
  type EchoVerdict,
  type Outcome,
  type RefusalCode,
} from '@app/platform';
import { eventSchema, type EventDetails } from './wire.js';

@Injectable()
export class EventServiceClient {
  constructor(private readonly upstream: UpstreamClient) {}

  /** An event of another tenant is refused as not found. */
  getEvent(eventId: string, context: CallContext): Promise<Outcome<EventDetails, RefusalCode<'getEvent'>>> {
    return this.upstream.call(
      {
        operation: 'getEvent',
        path: `/internal/events/${encodeURIComponent(eventId)}`,
        answer: eventSchema,
        refusal: NO_DETAILS,
        echo: (event) => eventEcho(event, eventId, context),
      },
      context,
    );
  }
}

function eventEcho(
  event: EventDetails,
  eventId: string,
  context: CallContext,
): EchoVerdict<RefusalCode<'getEvent'>> {
  if (!isSameId(event.id, eventId)) return { kind: 'mismatch', what: 'another event' };
  if (context.tenantId === null || !isSameId(event.tenantId, context.tenantId)) {
    return { kind: 'refused', status: 404, code: 'EVENT_NOT_FOUND', body: null };
  }
  return ECHO_FITS;
}
