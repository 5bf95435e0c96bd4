import { RmqContext } from '@nestjs/microservices';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { isAppError } from '@app/kernel';
import { ownTraceparent } from '../tracing/spans.js';
import { BrokenMessage, readMessage, type InboundMessage, type ReceivedMessage } from './inbound-message.js';
import { QueueServer, readOr, type Delivery, type QueueServerParts, type Verdict } from './queue-server.js';
import { retryQueue } from './topology.js';

/** Names this server in `@EventPattern`, so that its handlers and those of the RPC queue stay apart. */
export const PLATFORM_EVENTS = Symbol('platform.events');

/** How often a message was put back, whatever for: decides how long it waits. */
const RETRIES_HEADER = 'x-retries';
/** How often it failed by itself: decides when to give it up. */
const FAILURES_HEADER = 'x-failures';

/** What a handler did with a message. */
export type MessageResult = 'applied' | 'ignored' | 'duplicate';

/** What siblings tell: each message is handled once, tried again after a pause, or dead-lettered with the reason. */
export class EventsServer extends QueueServer<ReceivedMessage> {
  /** Failures are settled here, so Nest has nothing to report. */
  override readonly propagatesEventHandlerErrors: boolean = true;

  constructor(parts: QueueServerParts) {
    super('order-service.events', PLATFORM_EVENTS, parts);
  }

  protected read(message: ConsumeMessage): Delivery<ReceivedMessage> {
    const content = readOr(() => {
      const received = readMessage(message);
      if (!this.knows(received.pattern))
        throw new BrokenMessage('PATTERN_UNKNOWN', 'Nothing here listens to this pattern.');
      return received;
    });
    return content instanceof BrokenMessage
      ? { pattern: 'unknown', traceparent: undefined, content }
      : { pattern: content.pattern, traceparent: content.traceparent, content };
  }

  protected async take(
    content: ReceivedMessage | BrokenMessage,
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<Verdict> {
    if (content instanceof BrokenMessage) return this.giveUp(message, channel, 'unknown', content);
    const { pattern } = content;
    const inbound: InboundMessage = { ...content, traceparent: ownTraceparent(content.traceparent) };
    let result: unknown;
    try {
      result = await this.dispatch(pattern, inbound, new RmqContext([message, channel, pattern]));
    } catch (error) {
      return this.settleFailure(message, channel, inbound, error);
    }
    channel.ack(message);
    return { pattern, result: String(result) };
  }

  private async settleFailure(
    message: ConsumeMessage,
    channel: ConfirmChannel,
    inbound: InboundMessage,
    error: unknown,
  ): Promise<Verdict> {
    const { pattern } = inbound;
    const kind = kindOf(error);
    const failures = countIn(message, FAILURES_HEADER) + (kind === 'failed' ? 1 : 0);
    if (kind === 'hopeless' || failures >= this.parts.config.MESSAGE_DELIVERIES_MAX) {
      return this.giveUp(message, channel, pattern, error);
    }
    const retries = countIn(message, RETRIES_HEADER);
    await this.forward(message, channel, {
      exchange: '',
      routingKey: `${this.parts.config.RABBITMQ_PREFIX}${retryQueue(retries)}`,
      headers: { [RETRIES_HEADER]: retries + 1, [FAILURES_HEADER]: failures },
    });
    return { pattern, result: 'retried', error };
  }

  private async giveUp(
    message: ConsumeMessage,
    channel: ConfirmChannel,
    pattern: string,
    error: unknown,
  ): Promise<Verdict> {
    await this.bury(message, channel, reasonOf(error));
    return { pattern, result: 'dead', error };
  }
}

/**
 * away: something is down or busy and the message is fine, however long that takes · hopeless: no try can ever
 * succeed · failed: it may, but not for ever
 */
function kindOf(error: unknown): 'away' | 'hopeless' | 'failed' {
  if (error instanceof BrokenMessage) return 'hopeless';
  if (!isAppError(error)) return 'failed';
  if (error.retryAfterSeconds !== undefined) return 'away';
  return error.row.kind === 'caller' ? 'hopeless' : 'failed';
}

function reasonOf(error: unknown): { readonly reason: string; readonly detail: string } {
  if (error instanceof BrokenMessage) return error;
  if (isAppError(error)) return { reason: error.code, detail: error.detail };
  return { reason: 'INTERNAL', detail: 'Its handler failed; the log has the cause under its message id.' };
}

/** Headers are the sender's until we have set them: anything but a small number counts as none. */
function countIn(message: ConsumeMessage, header: string): number {
  const count: unknown = message.properties.headers?.[header];
  return typeof count === 'number' && Number.isInteger(count) && count > 0 && count < 1_000_000 ? count : 0;
}
