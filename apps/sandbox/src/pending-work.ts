/**
 * Everything the sandbox does later: settle a refund, announce a payment, answer a slow call.
 * None of it keeps the process alive, and all of it can be called off at once.
 */
export class PendingWork {
  private readonly callOff = new Map<NodeJS.Timeout, () => void>();

  /** Runs `work` after `delayMs`, unless it is called off before. */
  after(delayMs: number, work: () => void): void {
    this.start(delayMs, work, () => undefined);
  }

  /** Resolves after `delayMs`: true when the time has passed, false when the wait was called off. */
  sleep(delayMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.start(
        delayMs,
        () => resolve(true),
        () => resolve(false),
      );
    });
  }

  callOffAll(): void {
    const waiting = [...this.callOff];
    this.callOff.clear();
    for (const [timer, calledOff] of waiting) {
      clearTimeout(timer);
      calledOff();
    }
  }

  private start(delayMs: number, work: () => void, calledOff: () => void): void {
    const timer = setTimeout(() => {
      this.callOff.delete(timer);
      work();
    }, delayMs);
    timer.unref();
    this.callOff.set(timer, calledOff);
  }
}
