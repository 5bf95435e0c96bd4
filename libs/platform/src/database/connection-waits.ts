/** How long requests have waited for a connection lately. */
export class ConnectionWaits {
  private shortestMs: number | undefined;

  note(waitedMs: number): void {
    this.shortestMs = Math.min(this.shortestMs ?? Infinity, waitedMs);
  }

  /** The shortest wait since this was last asked; undefined when nobody got a connection. */
  takeShortestMs(): number | undefined {
    const { shortestMs } = this;
    this.shortestMs = undefined;
    return shortestMs;
  }
}
