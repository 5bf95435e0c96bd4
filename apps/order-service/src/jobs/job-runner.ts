import { Inject, Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CLOCK, type Clock } from '@app/kernel';
import { CONFIG, DatabaseStart, Lifecycle, Metrics, type Config } from '@app/platform';
import { JOBS, type JobName } from './jobs-table.js';

/** One round of a job. @returns how much it found: a full batch means that more is waiting */
export type JobRound = (limit: number) => Promise<number>;

/**
 * Runs jobs on their intervals. A job never overlaps with itself, catches up at once while its batches are full, and
 * a drain waits for the batch in hand. Any number of replicas may run every job: work is claimed in the database.
 */
@Injectable()
export class JobRunner {
  private readonly logger = new Logger(JobRunner.name);
  private readonly running = new Map<JobName, Promise<void>>();

  constructor(
    private readonly schedule: SchedulerRegistry,
    private readonly lifecycle: Lifecycle,
    private readonly databaseStart: DatabaseStart,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Starts a job; it stops by itself when the process drains. */
  start(name: JobName, round: JobRound): void {
    const interval = setInterval(() => {
      this.tick(name, round);
    }, this.config[JOBS[name].interval]);
    this.schedule.addInterval(name, interval);
    this.lifecycle.onDrain(`job ${name}`, async () => {
      this.schedule.deleteInterval(name);
      await this.running.get(name);
    });
  }

  private tick(name: JobName, round: JobRound): void {
    if (!this.databaseStart.isOver || this.running.has(name)) return;
    const run = this.catchUp(name, round).finally(() => this.running.delete(name));
    this.running.set(name, run);
  }

  private async catchUp(name: JobName, round: JobRound): Promise<void> {
    const limit = this.config.JOB_BATCH_SIZE;
    while ((await this.once(name, () => round(limit))) >= limit && !this.lifecycle.isDraining);
  }

  private async once(name: JobName, round: () => Promise<number>): Promise<number> {
    const startedMs = this.clock.monotonicMs();
    try {
      const found = await round();
      this.metrics.increment('job_runs_total', { job: name, result: found > 0 ? 'worked' : 'idle' });
      return found;
    } catch (error) {
      this.metrics.increment('job_runs_total', { job: name, result: 'failed' });
      this.logger.error({ msg: 'a job failed; it runs again at its next interval', job: name, err: error });
      return 0;
    } finally {
      this.metrics.observe('job_duration_seconds', (this.clock.monotonicMs() - startedMs) / 1_000, {
        job: name,
      });
    }
  }
}
