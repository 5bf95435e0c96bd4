import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/config-table.js';
import { Lifecycle } from '../http/lifecycle.js';
import { OutboxNumbering } from './outbox-numbering.js';
import { OutboxPublisher } from './outbox-publisher.js';
import { PollingLoop, type Round } from './polling-loop.js';

/**
 * Carries events from the outbox to the feed and, where there is a broker, to its exchange. Numbering and publishing
 * run on their own: the feed goes on while the broker is away.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly numberLoop: PollingLoop;
  private readonly publishLoop: PollingLoop;

  constructor(
    private readonly numbering: OutboxNumbering,
    private readonly publisher: OutboxPublisher,
    lifecycle: Lifecycle,
    @Inject(CONFIG) config: Config,
  ) {
    const intervalMs = config.RELAY_INTERVAL_MS;
    this.publishLoop = new PollingLoop('outbox publishing', intervalMs, () => this.publisher.round());
    this.numberLoop = new PollingLoop('outbox numbering', intervalMs, async () => {
      const hasMore = await this.numbering.round();
      this.publishLoop.wake();
      return hasMore;
    });
    lifecycle.onDrained('outbox relay', () => this.flush());
  }

  onApplicationBootstrap(): void {
    this.publisher.connect();
    this.numberLoop.start();
    this.publishLoop.start();
  }

  /** Before the pools close. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.publisher.close();
  }

  /** Sends what the last requests wrote, so that it does not wait for the next process. */
  private async flush(): Promise<void> {
    await this.stop();
    await untilDone(() => this.numbering.round());
    await untilDone(() => this.publisher.round());
  }

  private async stop(): Promise<void> {
    await Promise.all([this.numberLoop.stop(), this.publishLoop.stop()]);
  }
}

async function untilDone(round: Round): Promise<void> {
  while (await round());
}
