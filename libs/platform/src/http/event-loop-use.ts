import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** How busy this process's event loop is. */
export class EventLoopUse {
  private last: EventLoopUtilization = performance.eventLoopUtilization();

  /** The share of the time since this was last asked in which the loop had something to do, 0 to 1. */
  takeBusyShare(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.last);
    this.last = now;
    return utilization;
  }
}
