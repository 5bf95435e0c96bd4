import { withinDeadline } from '../redis/within-deadline.js';

/** Longest wait for one reading when metrics are asked for; Prometheus itself gives up after ten seconds. */
const READING_TIMEOUT_MS = 1_500;

export type Collector<Reading> = () => Promise<readonly Reading[]>;

interface Registered {
  /** Reads, and gives back how to publish what was read. */
  readonly read: () => Promise<() => void>;
  readonly leaveOut: () => void;
  /** Still running from an earlier time: a reading that hangs is not started again and again. */
  isRunning: boolean;
}

/** The gauges that are read when metrics are asked for, each within its time. */
export class Collectors {
  private readonly registered: Registered[] = [];

  constructor(private readonly timeoutMs: number = READING_TIMEOUT_MS) {}

  add(read: () => Promise<() => void>, leaveOut: () => void): void {
    this.registered.push({ read, leaveOut, isRunning: false });
  }

  async run(): Promise<void> {
    await Promise.all(this.registered.map((collector) => this.runOne(collector)));
  }

  private async runOne(collector: Registered): Promise<void> {
    if (collector.isRunning) {
      collector.leaveOut();
      return;
    }
    collector.isRunning = true;
    const reading = collector.read().finally(() => {
      collector.isRunning = false;
    });
    try {
      const publish = await withinDeadline(reading, this.timeoutMs);
      publish();
    } catch {
      // What cannot be read is missing from the answer, which is what alerts look for.
      collector.leaveOut();
    }
  }
}
