import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const MICROSECONDS = 1_000;
/** The histogram takes nothing smaller. */
const SHORTEST_US = 1;

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What one stretch of load got for answers. */
export interface Measure {
  readonly name: string;
  readonly seconds: number;
  readonly requests: number;
  /** Answers with 2xx. */
  readonly succeeded: number;
  readonly perSecond: number;
  /** Milliseconds, of the answers with 2xx. */
  readonly latencyMs: Latency;
  /** Milliseconds, of the refusals. */
  readonly refusalMs: Latency | null;
  readonly statuses: Readonly<Record<string, number>>;
  /** By problem code; what got no answer at all is `connection` or `timeout`. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly status: number;
  readonly ms: number;
  /** The problem code of a refusal. */
  readonly code?: string | undefined;
}

/** Counts answers as they come. */
export class Tally {
  private readonly good = createHistogram();
  private readonly refused = createHistogram();
  private readonly statuses: Record<string, number> = {};
  private readonly errors: Record<string, number> = {};
  private requests = 0;
  succeeded = 0;
  /** Successes within a second: what a buyer who does not wait longer gets. */
  inTime = 0;

  answered({ status, ms, code }: Outcome): void {
    this.requests += 1;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    const isGood = status >= 200 && status < 300;
    if (isGood) {
      this.succeeded += 1;
      if (ms <= 1_000) this.inTime += 1;
    }
    (isGood ? this.good : this.refused).record(Math.max(SHORTEST_US, Math.round(ms * MICROSECONDS)));
    if (code !== undefined) this.failed(code);
  }

  /** No answer came. */
  unanswered(why: 'connection' | 'timeout'): void {
    this.requests += 1;
    this.failed(why);
  }

  /** Something about an answer that must never be. */
  failed(code: string): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1;
  }

  measure(name: string, seconds: number): Measure {
    return {
      name,
      seconds: rounded(seconds, 2),
      requests: this.requests,
      succeeded: this.succeeded,
      perSecond: rounded(this.succeeded / seconds, 1),
      latencyMs: latencyOf(this.good),
      refusalMs: this.refused.count === 0 ? null : latencyOf(this.refused),
      statuses: { ...this.statuses },
      errors: { ...this.errors },
    };
  }
}

export function rounded(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0;
}

function latencyOf(histogram: RecordableHistogram): Latency {
  if (histogram.count === 0) return { p50: 0, p95: 0, p99: 0, max: 0 };
  const at = (percent: number): number => rounded(histogram.percentile(percent) / MICROSECONDS, 2);
  return { p50: at(50), p95: at(95), p99: at(99), max: rounded(histogram.max / MICROSECONDS, 2) };
}
