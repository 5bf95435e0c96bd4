import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/config-table.js';
import { DatabaseStart } from '../database/database-start.js';
import { Lifecycle } from '../http/lifecycle.js';
import { NUMBERED_MAX, OutboxNumbering } from './outbox-numbering.js';
import { OutboxPublisher } from './outbox-publisher.js';
import { PollingLoop, type Round } from './polling-loop.js';

/** One lane talks to the database while another waits for the broker; leases keep them apart, as they do replicas. */
const LANES = 2;

/**
 * Carries events from the outbox to the feed and, where there is a broker, to its exchange. Numbering and publishing
 * run on their own: the feed goes on while the broker is away.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly numberLoop: PollingLoop;
  private readonly publishLoops: readonly PollingLoop[];

  constructor(
    private readonly numbering: OutboxNumbering,
    private readonly publisher: OutboxPublisher,
    private readonly databaseStart: DatabaseStart,
    lifecycle: Lifecycle,
    @Inject(CONFIG) config: Config,
  ) {
    const intervalMs = config.RELAY_INTERVAL_MS;
    this.publishLoops = Array.from(
      { length: LANES },
      () => new PollingLoop('outbox publishing', intervalMs, () => this.publisher.round()),
    );
    this.numberLoop = new PollingLoop('outbox numbering', intervalMs, async () => {
      const numbered = await this.numbering.round();
      if (numbered > 0) for (const loop of this.publishLoops) loop.wake();
      return numbered >= NUMBERED_MAX;
    });
    lifecycle.onDrained('outbox relay', () => this.flush());
  }

  onApplicationBootstrap(): void {
    this.publisher.connect();
    this.databaseStart.whenReady().then(
      () => {
        for (const loop of [this.numberLoop, ...this.publishLoops]) loop.start();
      },
      // The process ends for this reason; see main.ts.
      () => undefined,
    );
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
    await untilDone(async () => (await this.numbering.round()) >= NUMBERED_MAX);
    await untilDone(() => this.publisher.round());
  }

  private async stop(): Promise<void> {
    await Promise.all([this.numberLoop, ...this.publishLoops].map((loop) => loop.stop()));
  }
}

async function untilDone(round: Round): Promise<void> {
  while (await round());
}
