import { Injectable } from '@nestjs/common';
import { InboxStore, type InboundMessage, type MessageResult } from '@app/platform';
import { requestIdOf } from '../use-cases/confirm-by-message.js';
import { BulkCancel, type CalledOffEvent } from './bulk-cancel.js';

/** The message event.cancelled: begins the bulk cancel once event-service itself says that the event is called off. */
@Injectable()
export class CallOffByMessage {
  constructor(
    private readonly bulkCancel: BulkCancel,
    private readonly inbox: InboxStore,
  ) {}

  /** @throws UPSTREAM_UNAVAILABLE when event-service cannot say; the message then comes again */
  async execute(message: InboundMessage, { eventId, reason }: CalledOffEvent): Promise<MessageResult> {
    const { tenantId } = message;
    const asked = { tenantId, eventId, reason, requestId: requestIdOf(message) };
    const result = await this.bulkCancel.startForEvent(asked, (tx) => this.inbox.receive(tx, message));
    if (result.kind === 'duplicate') return 'duplicate';
    return result.kind === 'not-cancelled' ? 'ignored' : 'applied';
  }
}
