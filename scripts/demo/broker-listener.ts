import { connect, type ChannelModel } from 'amqplib';
import { z } from 'zod';
import { jsonOf } from './http-client.js';
import { orderEvent, type Heard, type Listener } from './listener.js';

const CONNECT_TIMEOUT_MS = 5_000;

const packet = z.object({ pattern: z.string(), data: orderEvent });

export interface Broker {
  readonly url: string;
  /** Of the names of all exchanges and queues. */
  readonly prefix: string;
}

/** A subscriber like any sibling's: a queue of its own on the exchange of the order events. */
export class BrokerListener implements Listener {
  private readonly events: Heard[] = [];

  private constructor(
    private readonly connection: ChannelModel,
    readonly place: string,
  ) {}

  static async open({ url, prefix }: Broker): Promise<BrokerListener> {
    const exchange = `${prefix}order.events`;
    const connection = await connect(url, { timeout: CONNECT_TIMEOUT_MS });
    // What is missed then shows in the verdict.
    connection.on('error', () => undefined);
    const listener = new BrokerListener(connection, `exchange ${exchange}`);
    try {
      await listener.subscribe(exchange);
    } catch (error) {
      await listener.close();
      throw error;
    }
    return listener;
  }

  heard(): Promise<readonly Heard[]> {
    return Promise.resolve([...this.events]);
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }

  private async subscribe(exchange: string): Promise<void> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    await channel.assertExchange(exchange, 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    await channel.bindQueue(queue, exchange, '#');
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) this.note(message.content);
      },
      { noAck: true },
    );
  }

  private note(content: Buffer): void {
    const message = packet.safeParse(jsonOf(content.toString())).data;
    // Whatever else it may be, it tells nothing of an order.
    if (message !== undefined && message.pattern === message.data.type) this.events.push(message.data);
  }
}
