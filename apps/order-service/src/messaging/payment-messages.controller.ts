import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ConfirmByMessage, HurryOrder, NoteDispute, NotePaymentFailure } from '@app/orders';
import { EventErrorFilter, PLATFORM_EVENTS, type InboundMessage, type MessageResult } from '@app/platform';
import { DISPUTE, PAYMENT_FAILED, PAYMENT_SUCCEEDED, REFUND_SETTLED, payloadOf } from './message-payloads.js';

/** What payment-service tells. */
@Controller()
@UseFilters(EventErrorFilter)
export class PaymentMessagesController {
  constructor(
    private readonly confirmByMessage: ConfirmByMessage,
    private readonly notePaymentFailure: NotePaymentFailure,
    private readonly noteDispute: NoteDispute,
    private readonly hurryOrder: HurryOrder,
  ) {}

  @EventPattern('payment.succeeded', PLATFORM_EVENTS)
  async succeeded(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.confirmByMessage.execute(message, payloadOf(PAYMENT_SUCCEEDED, message));
  }

  @EventPattern('payment.failed', PLATFORM_EVENTS)
  async failed(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.notePaymentFailure.execute(message, payloadOf(PAYMENT_FAILED, message));
  }

  @EventPattern('payment.refund.succeeded', PLATFORM_EVENTS)
  async refundSucceeded(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.hurryOrder.refundSettled(message, payloadOf(REFUND_SETTLED, message).refundId);
  }

  @EventPattern('payment.refund.failed', PLATFORM_EVENTS)
  async refundFailed(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.hurryOrder.refundSettled(message, payloadOf(REFUND_SETTLED, message).refundId);
  }

  @EventPattern('payment.dispute.opened', PLATFORM_EVENTS)
  async disputeOpened(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.noteDispute.execute(message, 'opened', payloadOf(DISPUTE, message));
  }

  @EventPattern('payment.dispute.closed', PLATFORM_EVENTS)
  async disputeClosed(@Payload() message: InboundMessage): Promise<MessageResult> {
    return this.noteDispute.execute(message, 'closed', payloadOf(DISPUTE, message));
  }
}
