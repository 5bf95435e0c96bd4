import { Logger } from '@nestjs/common';

/** One round of a loop. @returns true when there is more to do at once */
export type Round = () => Promise<boolean>;

/** Runs rounds one after the other: at once while there is more to do, else after a pause or when woken. */
export class PollingLoop {
  private readonly logger = new Logger(PollingLoop.name);
  private running: Promise<void> | undefined;
  private isStopped = false;
  private hasFailed = false;
  private endPause: (() => void) | undefined;
  private isWoken = false;

  constructor(
    private readonly name: string,
    private readonly intervalMs: number,
    private readonly round: Round,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Cuts the present pause short. */
  wake(): void {
    this.isWoken = true;
    this.endPause?.();
  }

  /** Resolves when the round in hand is over; no other follows. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.endPause?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const hasMore = await this.once();
      if (!hasMore) await this.pause();
    }
  }

  private async once(): Promise<boolean> {
    try {
      const hasMore = await this.round();
      this.hasFailed = false;
      return hasMore;
    } catch (error) {
      // An outage lasts many rounds and deserves one line.
      if (!this.hasFailed)
        this.logger.error({ msg: 'a round failed; it is tried again', loop: this.name, err: error });
      this.hasFailed = true;
      return false;
    }
  }

  private async pause(): Promise<void> {
    if (!this.isWoken && !this.isStopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.intervalMs);
        this.endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.endPause = undefined;
    this.isWoken = false;
  }
}
