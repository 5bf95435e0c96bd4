import { randomBytes } from 'node:crypto';
import { connect, type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { EXCHANGES, QUEUES } from '@app/platform';
import { eventually } from './eventually.js';

interface SendOptions {
  readonly messageId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The test run's broker under names of its own for one spec file. */
export class TestBroker {
  private constructor(
    readonly url: string,
    readonly prefix: string,
    private readonly connection: ChannelModel,
    readonly channel: ConfirmChannel,
  ) {}

  static async open(): Promise<TestBroker> {
    const url = process.env.TEST_RABBITMQ_URL ?? '';
    if (url === '') throw new Error('TEST_RABBITMQ_URL is missing: run this in the integration project.');
    const prefix = `${process.env.RABBITMQ_PREFIX ?? ''}${randomBytes(4).toString('hex')}.`;
    const connection = await connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return new TestBroker(url, prefix, connection, channel);
  }

  name(plain: keyof typeof QUEUES | keyof typeof EXCHANGES): string {
    return `${this.prefix}${plain}`;
  }

  async count(queue: keyof typeof QUEUES): Promise<number> {
    return this.onChannel(async (channel) => (await channel.checkQueue(this.name(queue))).messageCount);
  }

  async exists(queue: keyof typeof QUEUES): Promise<boolean> {
    return this.onChannel((channel) => channel.checkQueue(this.name(queue))).then(
      () => true,
      () => false,
    );
  }

  async consumers(queue: keyof typeof QUEUES): Promise<number> {
    return this.onChannel(
      async (channel) => (await channel.checkQueue(this.name(queue))).consumerCount,
    ).catch(() => 0);
  }

  /** Takes `count` messages off a queue, waiting for them. */
  async take(queue: keyof typeof QUEUES, count: number): Promise<readonly GetMessage[]> {
    const taken: GetMessage[] = [];
    await eventually(`${count} messages in ${queue}`, async () => {
      for (;;) {
        const message = await this.channel.get(this.name(queue), { noAck: true });
        if (message === false) return taken.length >= count;
        taken.push(message);
      }
    });
    return taken;
  }

  /** What a sibling does: publishes on the platform's exchange and waits for the confirm. */
  async announce(pattern: string, data: unknown, options: SendOptions = {}): Promise<void> {
    await this.send(pattern, Buffer.from(JSON.stringify({ pattern, data })), options);
  }

  async send(pattern: string, body: Buffer, options: SendOptions = {}): Promise<void> {
    this.channel.publish(this.name('platform.events'), pattern, body, { persistent: true, ...options });
    await this.channel.waitForConfirms();
  }

  async close(): Promise<void> {
    await this.onChannel(async (channel) => {
      for (const queue of Object.keys(QUEUES)) await channel.deleteQueue(`${this.prefix}${queue}`);
      for (const exchange of Object.keys(EXCHANGES))
        await channel.deleteExchange(`${this.prefix}${exchange}`);
    });
    await this.connection.close();
  }

  /** A channel that may break does not take the others along. */
  private async onChannel<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
    const channel = await this.connection.createConfirmChannel();
    channel.on('error', () => undefined);
    try {
      return await work(channel);
    } finally {
      await channel.close().catch(() => undefined);
    }
  }
}
