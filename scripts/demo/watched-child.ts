import { setTimeout as sleep } from 'node:timers/promises';
import { lastLogLines, stopProcess, type OwnedProcess, type StopStep } from '../servers/owned-process.js';
import { waitUntil } from '../servers/wait-until.js';

/** A child that died this young several times in a row is broken: it is started again with a pause, then no more. */
const SHORT_LIFE_MS = 5_000;
const SHORT_LIVES_WITHOUT_PAUSE = 3;
const PAUSE_MS = 1_000;
const SHORT_LIVES_MAX = 15;

export interface ChildPlan {
  readonly name: string;
  readonly logFile: string;
  readonly stopSteps: readonly StopStep[];
  readonly readyTimeoutMs: number;
  /** Tells `started` of the process as soon as there is one. */
  readonly start: (started: (process: OwnedProcess) => void) => Promise<OwnedProcess>;
  readonly isReady: () => Promise<boolean>;
}

export interface ChildEvents {
  readonly started: (plan: ChildPlan, process: OwnedProcess) => void;
  readonly died: (plan: ChildPlan, how: string) => void;
  readonly returned: (plan: ChildPlan) => void;
  /** It will not be started again. */
  readonly hopeless: (plan: ChildPlan, reason: string) => void;
}

/** A child that is started again whenever it dies, until it is stopped. */
export class WatchedChild {
  private current: OwnedProcess | undefined;
  private startedAtMs = 0;
  private logOffset = 0;
  private shortLives = 0;
  private isStopping = false;

  constructor(
    private readonly plan: ChildPlan,
    private readonly events: ChildEvents,
  ) {}

  /**
   * The first start.
   * @throws with the child's last log lines when it dies or does not become ready in time
   */
  async start(): Promise<void> {
    const child = await this.launch();
    const isUp = await waitUntil(this.plan.isReady, {
      timeoutMs: this.plan.readyTimeoutMs,
      abandoned: () => child.hasExited() || this.isStopping,
    });
    if (!isUp) {
      this.isStopping = true;
      const how = child.hasExited()
        ? `ended with ${await child.exited} while it started`
        : `was not ready after ${this.plan.readyTimeoutMs / 1_000} s`;
      throw new Error(
        `${this.plan.name} ${how}. Its last lines (${this.plan.logFile}):\n${lastLogLines(this.plan.logFile, this.logOffset)}`,
      );
    }
    void this.watch(child);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.current !== undefined) await stopProcess(this.current.identity, this.plan.stopSteps);
  }

  private async launch(): Promise<OwnedProcess> {
    this.startedAtMs = performance.now();
    return this.plan.start((child) => {
      this.current = child;
      this.logOffset = child.logOffset;
      this.events.started(this.plan, child);
      // Asked to stop while the process was being made: nobody else will end it.
      if (this.isStopping) void stopProcess(child.identity, []);
    });
  }

  private async watch(first: OwnedProcess): Promise<void> {
    let child: OwnedProcess | undefined = first;
    while (child !== undefined) {
      const how: string = await child.exited;
      if (this.isStopping) return;
      this.events.died(this.plan, how);
      child = await this.launchAgain();
    }
  }

  private async launchAgain(): Promise<OwnedProcess | undefined> {
    for (;;) {
      const wasShort = performance.now() - this.startedAtMs < SHORT_LIFE_MS;
      this.shortLives = wasShort ? this.shortLives + 1 : 0;
      if (this.shortLives > SHORT_LIVES_MAX) {
        this.events.hopeless(
          this.plan,
          `died ${this.shortLives} times in a row:\n${lastLogLines(this.plan.logFile, this.logOffset)}`,
        );
        return undefined;
      }
      if (this.shortLives > SHORT_LIVES_WITHOUT_PAUSE) await sleep(PAUSE_MS);
      if (this.isStopping) return undefined;
      try {
        const child = await this.launch();
        void this.announceReturn(child);
        return child;
      } catch (error) {
        this.events.died(this.plan, error instanceof Error ? error.message : String(error));
      }
    }
  }

  private async announceReturn(child: OwnedProcess): Promise<void> {
    const isUp = await waitUntil(this.plan.isReady, {
      timeoutMs: this.plan.readyTimeoutMs,
      abandoned: () => child.hasExited() || this.isStopping,
    });
    if (isUp) this.events.returned(this.plan);
  }
}
