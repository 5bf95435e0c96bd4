import { Logger } from '@nestjs/common';
import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager';
import type { ConfirmChannel, Message } from 'amqplib';
import { SECOND_MS } from '@app/kernel';

const RECONNECT_SECONDS = 1;
const RENEW_DELAY_MS = SECOND_MS;
const HEARTBEAT_SECONDS = 5;
const CONNECT_TIMEOUT_MS = 5 * SECOND_MS;
/** Longer than a broker under load takes to confirm, shorter than the lease of what is being published. */
const PUBLISH_TIMEOUT_MS = 10 * SECOND_MS;

/** A message as it leaves; persistent and mandatory always. */
export interface OutboundMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** The broker confirmed a message that no queue received. */
export class Unroutable extends Error {
  constructor(exchange: string, routingKey: string) {
    super(`No queue took a message with key ${routingKey} of exchange "${exchange}".`);
    this.name = 'Unroutable';
  }
}

interface BrokerChannelOptions {
  readonly url: string;
  /** Shown in the broker's list of connections. */
  readonly name: string;
  /** Runs on every new channel, before anything is published on it. */
  readonly setUp: (channel: ConfirmChannel) => Promise<void>;
}

/**
 * One confirm channel that is always coming back: after a lost connection, and after the broker closed the channel
 * alone or cancelled its consumer, which amqp-connection-manager does not mend by itself.
 */
export class BrokerChannel {
  private readonly logger = new Logger(BrokerChannel.name);
  private readonly manager: AmqpConnectionManager;
  /** How many returned copies of a message id are not yet told to their publishers. */
  private readonly returned = new Map<string, number>();
  private wrapper: ChannelWrapper;
  private channel: ConfirmChannel | undefined;
  private isReady = false;
  private isClosed = false;
  private renewal: NodeJS.Timeout | undefined;

  constructor(private readonly options: BrokerChannelOptions) {
    this.manager = connect([options.url], {
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
      reconnectTimeInSeconds: RECONNECT_SECONDS,
      connectionOptions: {
        timeout: CONNECT_TIMEOUT_MS,
        clientProperties: { connection_name: options.name },
      },
    });
    this.manager.on('connectFailed', ({ err }) => this.complain('the broker cannot be reached', err));
    this.manager.on('disconnect', ({ err }) => this.complain('the connection to the broker was lost', err));
    this.wrapper = this.open();
  }

  /** Whether something published now would leave at once. */
  get isOpen(): boolean {
    return this.isReady;
  }

  /**
   * Resolves once the broker has the message in a queue.
   * @throws Unroutable when no queue took it; whatever went wrong otherwise, and then it may have arrived or not
   */
  async publish(message: OutboundMessage): Promise<void> {
    const { exchange, routingKey, body, messageId, headers } = message;
    await this.wrapper.publish(exchange, routingKey, body, {
      persistent: true,
      mandatory: true,
      contentType: 'application/json',
      messageId,
      ...(headers === undefined ? {} : { headers }),
    });
    if (this.takeReturned(messageId)) throw new Unroutable(exchange, routingKey);
  }

  /** Takes the channel down and sets up a new one shortly after: the broker's side is not what it should be. */
  renew(): void {
    this.isReady = false;
    if (this.isClosed || this.renewal !== undefined) return;
    this.renewal = setTimeout(() => {
      this.renewal = undefined;
      void this.replace();
    }, RENEW_DELAY_MS);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isReady = false;
    clearTimeout(this.renewal);
    await this.wrapper.close().catch(goneAlready);
    await this.manager.close().catch(goneAlready);
  }

  private open(): ChannelWrapper {
    const wrapper = this.manager.createChannel({
      confirm: true,
      publishTimeout: PUBLISH_TIMEOUT_MS,
      setup: (channel: ConfirmChannel) => this.setUp(channel),
    });
    wrapper.on('error', (error: Error) => {
      this.complain('the channel could not be set up', error);
      this.renew();
    });
    return wrapper;
  }

  private async setUp(channel: ConfirmChannel): Promise<void> {
    this.channel = channel;
    // Without a listener, the broker's complaint about one channel would take the whole connection down.
    channel.on('error', (error: Error) => this.complain('the broker closed the channel', error));
    channel.on('close', () => this.onChannelClosed(channel));
    channel.on('return', (message: Message) => this.onReturned(message));
    await this.options.setUp(channel);
    this.isReady = this.channel === channel && !this.isClosed;
  }

  /** After a lost connection the manager brings the channel back; a channel that closed alone is ours to replace. */
  private onChannelClosed(channel: ConfirmChannel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    this.renew();
  }

  private async replace(): Promise<void> {
    const isBackAlready = this.channel !== undefined && this.isReady;
    if (this.isClosed || isBackAlready || !this.manager.isConnected()) return;
    this.channel = undefined;
    const old = this.wrapper;
    // Also rejects what was waiting to be published; the publishers try again.
    await old.close().catch(goneAlready);
    this.wrapper = this.open();
  }

  private onReturned(message: Message): void {
    const messageId: unknown = message.properties.messageId;
    if (typeof messageId !== 'string') return;
    this.returned.set(messageId, (this.returned.get(messageId) ?? 0) + 1);
  }

  private takeReturned(messageId: string): boolean {
    const count = this.returned.get(messageId);
    if (count === undefined) return false;
    if (count > 1) this.returned.set(messageId, count - 1);
    else this.returned.delete(messageId);
    return true;
  }

  private complain(msg: string, error: unknown): void {
    if (!this.isClosed) this.logger.warn({ msg, connection: this.options.name, err: error });
  }
}

/** Whatever is said while closing changes nothing: the other side is gone already. */
function goneAlready(): void {
  return undefined;
}
