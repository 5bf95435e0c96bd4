import type { InboundMessage, MessageResult } from '@app/platform';

/** What is done when an event is called off: whoever provides this starts the bulk cancel. */
export interface EventCancelledHandler {
  /**
   * Must converge: the message may come twice, and an inbox row belongs into its transaction.
   * @throws UPSTREAM_UNAVAILABLE when event-service cannot say whether it is true; the message then comes again
   */
  eventCancelled(
    message: InboundMessage,
    cancelled: { readonly eventId: string; readonly reason: string },
  ): Promise<MessageResult>;
}

export const EVENT_CANCELLED_HANDLER = Symbol('EventCancelledHandler');
