/** What a run of requests was answered, by route. */
export class Tally {
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly byStatus = new Map<number, number>();

  count(route: string, status: number, code: unknown): void {
    const answer = typeof code === 'string' ? `${status} ${code}` : String(status);
    const ofRoute = this.counts.get(route) ?? new Map<string, number>();
    ofRoute.set(answer, (ofRoute.get(answer) ?? 0) + 1);
    this.counts.set(route, ofRoute);
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
  }

  statuses(): readonly number[] {
    return [...this.byStatus.keys()];
  }

  of(route: string, status: number): number {
    return this.counts.get(route)?.get(String(status)) ?? 0;
  }

  /** The part of all answers whose status is so. */
  share(is: (status: number) => boolean): number {
    const entries = [...this.byStatus];
    const sum = (those: readonly (readonly [number, number])[]): number =>
      those.reduce((total, [, n]) => total + n, 0);
    return sum(entries.filter(([status]) => is(status))) / Math.max(1, sum(entries));
  }

  /** For people: answers by status, then the answers of every route, the commonest first. */
  table(): string {
    const total = [...this.byStatus.values()].reduce((sum, n) => sum + n, 0);
    const statuses = [...this.byStatus]
      .sort(([one], [other]) => one - other)
      .map(
        ([status, n]) =>
          `${status}  ${String(n).padStart(7)}  ${((100 * n) / total).toFixed(1).padStart(5)} %`,
      );
    const routes = [...this.counts]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([route, answers]) => {
        const sorted = [...answers].sort(([, one], [, other]) => other - one);
        return `${route}\n  ${sorted.map(([answer, n]) => `${answer}: ${n}`).join(', ')}`;
      });
    return `\n${total} answers\n${statuses.join('\n')}\n\n${routes.join('\n')}\n`;
  }
}
