import { once } from 'node:events';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, withinDeadline, type Config } from '@app/platform';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';

const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 800;
const CLOSE_TIMEOUT_MS = 1_000;

/** RabbitMQ, seen through a connection of its own: a blocked or failed channel of the relay says little about it. */
@Injectable()
export class BrokerProbe implements OnModuleInit, OnApplicationShutdown {
  private manager: AmqpConnectionManager | undefined;
  /** Until the first attempt to connect has ended one way or the other. */
  private firstAttempt: Promise<unknown> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  onModuleInit(): void {
    if (this.config.RABBITMQ_URL === '') return;
    const manager = connect([this.config.RABBITMQ_URL], {
      heartbeatIntervalInSeconds: 5,
      reconnectTimeInSeconds: 1,
      connectionOptions: {
        timeout: CONNECT_TIMEOUT_MS,
        clientProperties: { connection_name: 'order-service/health' },
      },
    });
    this.manager = manager;
    this.firstAttempt = Promise.race([once(manager, 'connect'), once(manager, 'connectFailed')]).finally(
      () => {
        this.firstAttempt = undefined;
      },
    );
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.manager === undefined) return;
    await withinDeadline(this.manager.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
  }

  get isEnabled(): boolean {
    return this.config.RABBITMQ_URL !== '';
  }

  /** @throws when the broker does not answer within a second */
  async ask(): Promise<void> {
    if (this.firstAttempt !== undefined) await withinDeadline(this.firstAttempt, ANSWER_TIMEOUT_MS);
    const connection = this.manager?.connection;
    if (connection === undefined) throw new Error('There is no connection to the broker.');
    await withinDeadline(openAndClose(connection), ANSWER_TIMEOUT_MS);
  }
}

/** A round trip: a broker that hangs keeps its connections open. */
async function openAndClose(connection: NonNullable<AmqpConnectionManager['connection']>): Promise<void> {
  const channel = await connection.createChannel();
  // What becomes of a channel nobody uses is told by the next look.
  channel.on('error', () => undefined);
  await channel.close();
}
