import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ReadEventFeed, type EventFeedPage } from '@app/orders';
import { CurrentCaller, Endpoint, type Caller, type ServicePrincipal } from '@app/platform';
import { EventFeedDto, EventFeedQuery } from './internal-events.dto.js';

/** What happened to orders, for siblings that missed messages or have no broker. */
@ApiTags('Internal')
@Controller('internal/v1/events')
export class InternalEventsController {
  constructor(private readonly readEventFeed: ReadEventFeed) {}

  /** Order events of the tenant in a fixed order; pass `page.nextAfter` back to read on, also when there is no more now. */
  @Get()
  @Endpoint({
    audience: 'service',
    scope: 'orders:read',
    changes: false,
    errors: ['CURSOR_INVALID', 'CURSOR_EXPIRED'],
  })
  @ApiOkResponse({ type: EventFeedDto, description: 'The next events.' })
  read(
    @CurrentCaller() caller: Caller<ServicePrincipal>,
    @Query() query: EventFeedQuery,
  ): Promise<EventFeedPage> {
    return this.readEventFeed.execute(caller, query);
  }
}
