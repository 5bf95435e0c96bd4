import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;
const SAMPLE_EVERY_MS = 250;
const KIB_PER_MIB = 1_024;

export interface Usage {
  readonly cpuMs: number;
  readonly rssMib: number;
}

/** Processor time since its start and memory of a process; zeros once it is gone. */
export function usageOf(pid: number): Usage {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuMs: (ticks * 1_000) / TICKS_PER_SECOND, rssMib: Number(rss ?? 0) / KIB_PER_MIB };
  } catch {
    return usageByPs(pid);
  }
}

function usageByPs(pid: number): Usage {
  const { stdout } = spawnSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], { encoding: 'utf8' });
  const [rss, time] = stdout.trim().split(/\s+/);
  const seconds = (time ?? '0').split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: seconds * 1_000, rssMib: Number(rss ?? 0) / KIB_PER_MIB };
}

export interface Consumption {
  readonly cpuMs: number;
  /** The most that one of the processes had. */
  readonly rssMaxMib: number;
}

/** Watches processes from its making until `stop`. */
export class UsageWatch {
  private readonly cpuMsAtStart: number;
  private rssMaxMib = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pids: readonly number[]) {
    this.cpuMsAtStart = this.sample();
    this.timer = setInterval(() => this.sample(), SAMPLE_EVERY_MS);
  }

  stop(): Consumption {
    clearInterval(this.timer);
    return { cpuMs: this.sample() - this.cpuMsAtStart, rssMaxMib: Math.round(this.rssMaxMib) };
  }

  private sample(): number {
    const usages = this.pids.map((pid) => usageOf(pid));
    this.rssMaxMib = Math.max(this.rssMaxMib, ...usages.map(({ rssMib }) => rssMib));
    return usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  }
}
