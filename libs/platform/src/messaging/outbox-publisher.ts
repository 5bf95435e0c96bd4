import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import { CONFIG, type Config } from '../config/config-table.js';
import { activeTraceparent, inChildSpan, type SpanFacts } from '../tracing/spans.js';
import { BrokerChannel, Unroutable } from './broker-channel.js';
import { OutboxClaims, type BatchOutcome, type ClaimedEvent } from './outbox-claims.js';
import { assertTopology, type ExchangeName } from './topology.js';

const EXCHANGE: ExchangeName = 'order.events';
/** No event is begun later than this in a round; with the time one may take it stays below the lease. */
const ROUND_MAX_MS = 20 * SECOND_MS;

/** Publishes numbered events and marks them once the broker has them. */
@Injectable()
export class OutboxPublisher {
  private readonly logger = new Logger(OutboxPublisher.name);
  private channel: BrokerChannel | undefined;

  constructor(
    private readonly claims: OutboxClaims,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  connect(): void {
    const { RABBITMQ_URL: url, RABBITMQ_PREFIX: prefix } = this.config;
    if (url === '' || this.channel !== undefined) return;
    this.channel = new BrokerChannel({
      url,
      name: 'order-service/relay',
      setUp: (channel) => assertTopology(channel, prefix),
    });
  }

  async close(): Promise<void> {
    await this.channel?.close();
  }

  /** Nothing is claimed while the broker is away. @returns true when there may be more to publish */
  async round(): Promise<boolean> {
    const { channel } = this;
    if (channel?.isOpen !== true) return false;
    const events = await this.claims.claim(this.config.RELAY_BATCH_SIZE);
    if (events.length === 0) return false;
    const outcome = await this.publishAll(channel, events);
    await this.claims.settle(outcome);
    return outcome.failed.length === 0 && events.length >= this.config.RELAY_BATCH_SIZE;
  }

  /** Orders side by side, the events of one order one after the other: the later ones wait for the confirm. */
  private async publishAll(channel: BrokerChannel, events: readonly ClaimedEvent[]): Promise<BatchOutcome> {
    const endsAtMs = this.clock.monotonicMs() + ROUND_MAX_MS;
    const outcomes = await Promise.all(
      chainsOf(events).map((chain) => this.publishChain(channel, chain, endsAtMs)),
    );
    const outcome = {
      sent: outcomes.flatMap(({ sent }) => sent),
      failed: outcomes.flatMap(({ failed }) => failed),
      untried: outcomes.flatMap(({ untried }) => untried),
    };
    this.logger.debug({ msg: 'events published', sent: outcome.sent.length, failed: outcome.failed.length });
    return outcome;
  }

  private async publishChain(
    channel: BrokerChannel,
    chain: readonly ClaimedEvent[],
    endsAtMs: number,
  ): Promise<BatchOutcome> {
    for (const [index, event] of chain.entries()) {
      const sent = chain.slice(0, index);
      if (this.clock.monotonicMs() >= endsAtMs) return { sent, failed: [], untried: chain.slice(index) };
      if (!(await this.publish(channel, event)))
        return { sent, failed: [event], untried: chain.slice(index + 1) };
    }
    return { sent: chain, failed: [], untried: [] };
  }

  private async publish(channel: BrokerChannel, event: ClaimedEvent): Promise<boolean> {
    try {
      await inChildSpan(publishSpan(event), () => this.send(channel, event));
      return true;
    } catch (error) {
      this.logger.warn({
        msg: 'an event could not be published; it is tried again',
        eventId: event.id,
        type: event.type,
        err: error,
      });
      // The queue that takes everything is gone: a new channel declares it again.
      if (error instanceof Unroutable) channel.renew();
      return false;
    }
  }

  /** The header names who sends the message, the event in it who caused it. */
  private send(channel: BrokerChannel, event: ClaimedEvent): Promise<void> {
    const traceparent = activeTraceparent() ?? event.traceparent;
    return channel.publish({
      exchange: `${this.config.RABBITMQ_PREFIX}${EXCHANGE}`,
      routingKey: event.type,
      body: Buffer.from(`{"pattern":${JSON.stringify(event.type)},"data":${event.payload}}`),
      messageId: event.id,
      ...(traceparent === null ? {} : { headers: { traceparent } }),
    });
  }
}

function publishSpan({ type, id, orderId, traceparent }: ClaimedEvent): SpanFacts {
  return {
    name: `publish ${type}`,
    kind: 'producer',
    attributes: {
      'messaging.system': 'rabbitmq',
      'messaging.operation.type': 'send',
      'messaging.destination.name': EXCHANGE,
      'messaging.rabbitmq.destination.routing_key': type,
      'messaging.message.id': id,
      'app.order_id': orderId,
    },
    parent: traceparent,
  };
}

/** The events of each order, in their order. */
function chainsOf(events: readonly ClaimedEvent[]): readonly (readonly ClaimedEvent[])[] {
  const chains = new Map<string, ClaimedEvent[]>();
  for (const event of events) {
    const key = `${event.tenantId}:${event.orderId}`;
    const chain = chains.get(key);
    if (chain === undefined) chains.set(key, [event]);
    else chain.push(event);
  }
  return [...chains.values()];
}
