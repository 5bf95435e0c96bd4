import { ServerRMQ } from '@nestjs/microservices';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import { uuidv7, type Clock } from '@app/kernel';
import type { Config } from '../config/config-table.js';
import { errorFacts } from '../observability/error-facts.js';
import type { Metrics } from '../observability/metrics.js';
import { fail, inSpan, type Span, type SpanFacts } from '../tracing/spans.js';
import { BrokerChannel } from './broker-channel.js';
import { BrokenMessage } from './inbound-message.js';
import { assertTopology, type QueueName } from './topology.js';

export interface QueueServerParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** A message as its queue reads it, before any work is done for it. */
export interface Delivery<T> {
  /** `unknown` for a pattern that nobody here has: span names and labels come from a closed list. */
  readonly pattern: string;
  readonly traceparent: string | undefined;
  readonly content: T | BrokenMessage;
}

/** What became of a delivery, as the log and the metric tell it. */
export interface Verdict {
  /** `unknown` for a pattern that nobody here has: labels come from a closed list. */
  readonly pattern: string;
  readonly result: string;
  readonly error?: unknown;
}

export type Headers = Readonly<Record<string, unknown>>;

/**
 * Nest's RMQ transport on one quorum queue. Differs from the shipped one where that loses messages or consumers:
 * nothing is acknowledged before its work is done, a message that cannot be read is dead-lettered with its reason,
 * a consumer that the broker cancelled comes back, and a broker that is away does not hold up the start.
 */
export abstract class QueueServer<T = unknown> extends ServerRMQ {
  private readonly working = new Set<Promise<void>>();
  private broker: BrokerChannel | undefined;
  private consumer: { readonly channel: ConfirmChannel; readonly tag: string } | undefined;
  private isStopping = false;

  constructor(
    protected readonly queueName: QueueName,
    override readonly transportId: symbol,
    protected readonly parts: QueueServerParts,
  ) {
    super({
      urls: [parts.config.RABBITMQ_URL],
      queue: `${parts.config.RABBITMQ_PREFIX}${queueName}`,
      noAck: false,
      persistent: true,
      prefetchCount: parts.config.CONSUMER_PREFETCH,
    });
  }

  /** Handles one delivery to its end, settlement included. @returns what to log; throws only when nothing was settled */
  protected abstract take(
    content: T | BrokenMessage,
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<Verdict>;

  /** Never throws: what cannot be read is a BrokenMessage. */
  protected abstract read(message: ConsumeMessage): Delivery<T>;

  override async listen(callback: () => void): Promise<void> {
    this.broker = new BrokerChannel({
      url: this.parts.config.RABBITMQ_URL,
      name: `order-service/${this.queueName}`,
      setUp: (channel) => this.consume(channel),
    });
    callback();
  }

  /** Takes no further message and waits for those in hand. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const { consumer } = this;
    // On a channel that is gone there is nothing to cancel.
    await consumer?.channel.cancel(consumer.tag).catch(() => undefined);
    await Promise.all(this.working);
  }

  override async close(): Promise<void> {
    await this.stop();
    await this.broker?.close();
  }

  private async consume(channel: ConfirmChannel): Promise<void> {
    await assertTopology(channel, this.parts.config.RABBITMQ_PREFIX);
    if (this.isStopping) return;
    await channel.prefetch(this.parts.config.CONSUMER_PREFETCH);
    const { consumerTag } = await channel.consume(
      this.queue,
      (message) => {
        if (message === null) this.broker?.renew();
        else if (!this.isStopping) this.work(message, channel);
      },
      { noAck: false },
    );
    this.consumer = { channel, tag: consumerTag };
  }

  private work(message: ConsumeMessage, channel: ConfirmChannel): void {
    const work = this.takeAndTell(message, channel).finally(() => this.working.delete(work));
    this.working.add(work);
  }

  private async takeAndTell(message: ConsumeMessage, channel: ConfirmChannel): Promise<void> {
    const delivery = this.read(message);
    await inSpan(this.spanOf(delivery, message), (span) =>
      this.takeAndTellIn(span, delivery.content, message, channel),
    );
  }

  private spanOf({ pattern, traceparent }: Delivery<T>, message: ConsumeMessage): SpanFacts {
    const messageId = idOf(message);
    return {
      name: `process ${pattern}`,
      kind: 'consumer',
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'messaging.destination.name': this.queueName,
        ...(messageId === undefined ? {} : { 'messaging.message.id': messageId }),
      },
      parent: traceparent,
    };
  }

  private async takeAndTellIn(
    span: Span | undefined,
    content: T | BrokenMessage,
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<void> {
    const startedMs = this.parts.clock.monotonicMs();
    let verdict: Verdict;
    try {
      verdict = await this.take(content, message, channel);
    } catch (error) {
      // Nothing was settled: the broker delivers it again once this channel is gone.
      verdict = { pattern: 'unknown', result: 'unsettled', error };
      this.broker?.renew();
    }
    const { pattern, result, error } = verdict;
    span?.setAttribute('app.result', result);
    if (span !== undefined && error !== undefined) fail(span, result);
    this.parts.metrics.increment('inbox_messages_total', { pattern, result });
    const facts = {
      msg: 'message',
      queue: this.queueName,
      pattern,
      result,
      messageId: idOf(message),
      durationMs: Math.round(this.parts.clock.monotonicMs() - startedMs),
      ...(error === undefined ? {} : { err: errorFacts(error) }),
    };
    if (error === undefined) this.logger.log(facts);
    else this.logger.warn(facts);
  }

  /** The answer of the handler of a pattern. */
  protected async dispatch(pattern: string, data: unknown, context: unknown): Promise<unknown> {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) throw new Error(`No handler of ${pattern} is registered.`);
    const answer: unknown = await handler(data, context);
    return lastValueFrom(this.transformToObservable(answer), { defaultValue: undefined });
  }

  protected knows(pattern: string): boolean {
    return this.getHandlers().has(pattern);
  }

  /** Puts the message with its reason into the dead-letter queue, then lets go of it. */
  protected async bury(
    message: ConsumeMessage,
    channel: ConfirmChannel,
    broken: Pick<BrokenMessage, 'reason' | 'detail'>,
  ): Promise<void> {
    await this.forward(message, channel, {
      exchange: `${this.parts.config.RABBITMQ_PREFIX}order-service.dead-letters`,
      routingKey: this.queueName,
      headers: {
        'x-reason': broken.reason,
        'x-detail': broken.detail,
        'x-queue': this.queueName,
        'x-buried-at': this.parts.clock.now().toISOString(),
      },
    });
  }

  /** The copy is confirmed before the original is let go: a message may be doubled here, never lost. */
  protected async forward(
    message: ConsumeMessage,
    channel: ConfirmChannel,
    to: { readonly exchange: string; readonly routingKey: string; readonly headers: Headers },
  ): Promise<void> {
    if (this.broker === undefined) throw new Error('There is no connection to the broker.');
    await this.broker.publish({
      exchange: to.exchange,
      routingKey: to.routingKey,
      body: message.content,
      messageId: idOf(message) ?? uuidv7(this.parts.clock.now().getTime()),
      headers: { ...message.properties.headers, ...to.headers },
    });
    channel.ack(message);
  }
}

/** What `read` gives, or why it cannot be read. */
export function readOr<T>(read: () => T): T | BrokenMessage {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokenMessage) return error;
    return new BrokenMessage('NOT_READABLE', 'The message cannot be read.');
  }
}

export function idOf(message: ConsumeMessage): string | undefined {
  const id: unknown = message.properties.messageId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
