import { Module } from '@nestjs/common';
import { UpstreamModule } from '@app/platform';
import { TicketCatalog } from './catalog.js';
import { EventServiceClient } from './event-service.client.js';
import { TicketServiceClient } from './ticket-service.client.js';

@Module({
  imports: [UpstreamModule],
  providers: [EventServiceClient, TicketServiceClient, TicketCatalog],
  exports: [EventServiceClient, TicketServiceClient, TicketCatalog],
})
export class TicketsModule {}
