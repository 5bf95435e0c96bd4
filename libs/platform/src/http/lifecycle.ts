import { Injectable, Logger } from '@nestjs/common';

type Step = () => void | Promise<void>;

interface NamedStep {
  readonly name: string;
  readonly run: Step;
}

/**
 * Whether this process still takes work, and what has to happen before it ends: readiness reads `isDraining`,
 * jobs and consumers register how they stop, the relay how it flushes.
 */
@Injectable()
export class Lifecycle {
  private readonly logger = new Logger(Lifecycle.name);
  private readonly stops: NamedStep[] = [];
  private readonly flushes: NamedStep[] = [];
  private draining: Promise<void> | undefined;

  get isDraining(): boolean {
    return this.draining !== undefined;
  }

  /** `stop` runs as soon as the process is told to end; it takes no new work and waits for the current batch. */
  onDrain(name: string, stop: Step): void {
    this.stops.push({ name, run: stop });
  }

  /** `flush` runs when the last request is answered and everything of `onDrain` has stopped; pools are still open. */
  onDrained(name: string, flush: Step): void {
    this.flushes.push({ name, run: flush });
  }

  /** From this call on nothing new is taken; resolves when everything has stopped. Calling it again joins the first. */
  beginDrain(): Promise<void> {
    this.draining ??= this.runAll(this.stops);
    return this.draining;
  }

  finishDrain(): Promise<void> {
    return this.runAll(this.flushes);
  }

  /** One step that fails must not keep the others from running: the process ends anyway. */
  private async runAll(steps: readonly NamedStep[]): Promise<void> {
    // Deferred, so that `isDraining` is true before the first step looks at it.
    await Promise.resolve();
    await Promise.all(
      steps.map(async ({ name, run }) => {
        try {
          await run();
        } catch (error) {
          this.logger.error({ err: error, step: name }, 'A step of the shutdown failed');
        }
      }),
    );
  }
}
