import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager';
import { announcementId, type Announcement, type Announcer } from './announcer.js';

const RECONNECT_SECONDS = 1;
/** Messages kept while the broker is away; beyond that the newest are dropped and said so once. */
const UNCONFIRMED_MAX = 100_000;

/** What the announcer needs of a channel when it asserts the exchange. */
interface ExchangeOwner {
  assertExchange(name: string, type: string, options: { readonly durable: boolean }): PromiseLike<unknown>;
}

/** Publishes on the platform's topic exchange, in the format a NestJS RMQ consumer expects. */
export class BrokerAnnouncer implements Announcer {
  private readonly exchange: string;
  private readonly connection: AmqpConnectionManager;
  private readonly channel: ChannelWrapper;
  private unconfirmed = 0;
  private hasComplained = false;

  constructor(options: { readonly url: string; readonly prefix: string }) {
    const exchange = `${options.prefix}platform.events`;
    this.exchange = exchange;
    this.connection = connect([options.url], { reconnectTimeInSeconds: RECONNECT_SECONDS });
    this.channel = this.connection.createChannel({
      confirm: true,
      setup: async (channel: ExchangeOwner) => {
        await channel.assertExchange(exchange, 'topic', { durable: true });
      },
    });
    this.connection.on('connectFailed', ({ err }) => this.complain(err));
    this.channel.on('error', (error) => this.complain(error));
  }

  announce(announcement: Announcement): void {
    if (this.unconfirmed >= UNCONFIRMED_MAX) {
      this.complain(new Error(`more than ${UNCONFIRMED_MAX} messages wait for the broker`));
      return;
    }
    this.unconfirmed += 1;
    void this.publish(announcement);
  }

  async stop(): Promise<void> {
    await this.channel.close().catch(ignoreWhenClosing);
    await this.connection.close().catch(ignoreWhenClosing);
  }

  private async publish(announcement: Announcement): Promise<void> {
    const { pattern, payload } = announcement;
    try {
      await this.channel.publish(
        this.exchange,
        pattern,
        Buffer.from(JSON.stringify({ pattern, data: payload })),
        {
          persistent: true,
          contentType: 'application/json',
          messageId: announcementId(announcement),
        },
      );
    } catch (error) {
      this.complain(error);
    } finally {
      this.unconfirmed -= 1;
    }
  }

  private complain(error: unknown): void {
    if (this.hasComplained) return;
    this.hasComplained = true;
    process.stderr.write(`sandbox: the broker does not take messages: ${String(error)}\n`);
  }
}

/** Whatever the broker says to a connection that is being closed changes nothing. */
function ignoreWhenClosing(): void {
  return undefined;
}
