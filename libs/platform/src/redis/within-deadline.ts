export class DeadlineError extends Error {
  constructor(readonly limitMs: number) {
    super(`No answer within ${limitMs} ms.`);
    this.name = 'DeadlineError';
  }
}

/**
 * Waits for `work` no longer than `limitMs`; the work itself runs on and its late result is dropped.
 * @throws DeadlineError when time is up; whatever `work` throws before
 */
export function withinDeadline<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      // A busy process runs its timers late and before it reads its sockets: an answer that has arrived still counts.
      setImmediate(() => {
        reject(new DeadlineError(limitMs));
      });
    }, limitMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
