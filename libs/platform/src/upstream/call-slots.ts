interface Waiter {
  readonly admit: () => void;
}

/** Lets at most `slotsMax` calls run at once; at most `waitingMax` more wait their turn, first come first served. */
export class CallSlots {
  private runningCount = 0;
  private readonly waiters = new Set<Waiter>();

  constructor(private readonly limits: { readonly slotsMax: number; readonly waitingMax: number }) {}

  get waitingCount(): number {
    return this.waiters.size;
  }

  /** Every `taken` must be given back with `release`. */
  async take(timeoutMs: number): Promise<'taken' | 'queue-full' | 'deadline'> {
    if (this.runningCount < this.limits.slotsMax) {
      this.runningCount += 1;
      return 'taken';
    }
    if (this.waiters.size >= this.limits.waitingMax) return 'queue-full';
    return new Promise((resolve) => {
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve('taken');
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        resolve('deadline');
      }, timeoutMs);
      this.waiters.add(waiter);
    });
  }

  release(): void {
    const [next] = this.waiters;
    if (next === undefined) {
      this.runningCount -= 1;
      return;
    }
    // The slot passes on without becoming free in between, so a newcomer cannot overtake.
    this.waiters.delete(next);
    next.admit();
  }
}
