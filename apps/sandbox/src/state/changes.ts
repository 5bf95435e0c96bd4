/** Tells the state file that a book was written in. */
export class Changes {
  private listener: (() => void) | null = null;

  onMark(listener: () => void): void {
    this.listener = listener;
  }

  mark(): void {
    this.listener?.();
  }
}
