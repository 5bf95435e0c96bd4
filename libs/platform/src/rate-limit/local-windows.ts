/** Subjects one process remembers while Redis is away; beyond it the ones heard of longest ago start afresh. */
const SUBJECTS_MAX = 50_000;

export interface WindowCount {
  /** Requests in the present window, this one included. */
  readonly count: number;
  readonly resetMs: number;
}

interface Window {
  count: number;
  endsAtMs: number;
}

/** Fixed windows in this process's memory: the limits of last resort. */
export class LocalWindows {
  /** In the order of last use. */
  private readonly windows = new Map<string, Window>();

  constructor(private readonly subjectsMax: number = SUBJECTS_MAX) {}

  /** Counts one request of `subject` in its window, which starts with its first request. */
  count(subject: string, options: { readonly nowMs: number; readonly windowMs: number }): WindowCount {
    const { nowMs, windowMs } = options;
    const known = this.windows.get(subject);
    const window =
      known === undefined || known.endsAtMs <= nowMs ? { count: 0, endsAtMs: nowMs + windowMs } : known;
    window.count += 1;
    this.windows.delete(subject);
    this.windows.set(subject, window);
    this.forgetOldest();
    return { count: window.count, resetMs: window.endsAtMs - nowMs };
  }

  get size(): number {
    return this.windows.size;
  }

  private forgetOldest(): void {
    if (this.windows.size <= this.subjectsMax) return;
    const [oldest] = this.windows.keys();
    if (oldest !== undefined) this.windows.delete(oldest);
  }
}
