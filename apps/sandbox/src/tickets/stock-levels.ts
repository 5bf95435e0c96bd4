export interface Line {
  readonly ticketTypeId: string;
  readonly quantity: number;
}

export interface Shortage {
  readonly ticketTypeId: string;
  readonly requested: number;
  readonly available: number;
}

interface Level {
  held: number;
  sold: number;
  /** Tickets handed out beyond the capacity at the worst moment. */
  oversold: number;
}

export interface StockRow {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly oversold: number;
}

/** How many tickets of each type are held and sold. It counts; whether it may is decided by its caller. */
export class StockLevels {
  private readonly levels = new Map<string, Level>();

  constructor(private readonly capacityOf: (ticketTypeId: string) => number) {}

  available(ticketTypeId: string): number {
    return Math.max(0, this.unclaimed(ticketTypeId));
  }

  /** What `lines` ask for beyond what is there, counting `own` as free (a hold that would be replaced). */
  shortages(lines: readonly Line[], own: readonly Line[]): readonly Shortage[] {
    return lines.flatMap(({ ticketTypeId, quantity }) => {
      const freed = own.find((line) => line.ticketTypeId === ticketTypeId)?.quantity ?? 0;
      const available = Math.max(0, this.unclaimed(ticketTypeId) + freed);
      return quantity > available ? [{ ticketTypeId, requested: quantity, available }] : [];
    });
  }

  hold(lines: readonly Line[]): void {
    for (const { ticketTypeId, quantity } of lines) {
      const level = this.level(ticketTypeId);
      level.held += quantity;
      level.oversold = Math.max(level.oversold, -this.unclaimed(ticketTypeId));
    }
  }

  unhold(lines: readonly Line[]): void {
    for (const { ticketTypeId, quantity } of lines) this.level(ticketTypeId).held -= quantity;
  }

  sell(lines: readonly Line[]): void {
    for (const { ticketTypeId, quantity } of lines) {
      const level = this.level(ticketTypeId);
      level.held -= quantity;
      level.sold += quantity;
    }
  }

  takeBack(lines: readonly Line[]): void {
    for (const { ticketTypeId, quantity } of lines) this.level(ticketTypeId).sold -= quantity;
  }

  row(ticketTypeId: string): StockRow {
    const { held, sold, oversold } = this.level(ticketTypeId);
    return { ticketTypeId, capacity: this.capacityOf(ticketTypeId), held, sold, oversold };
  }

  dumpOversold(): readonly (readonly [ticketTypeId: string, oversold: number])[] {
    return [...this.levels]
      .filter(([, level]) => level.oversold > 0)
      .map(([id, level]) => [id, level.oversold]);
  }

  restoreOversold(saved: readonly (readonly [ticketTypeId: string, oversold: number])[]): void {
    for (const [ticketTypeId, oversold] of saved) this.level(ticketTypeId).oversold = oversold;
  }

  /** Counts back in what a saved state says was held or sold, without judging it again. */
  recount(kind: 'held' | 'sold', lines: readonly Line[]): void {
    for (const { ticketTypeId, quantity } of lines) this.level(ticketTypeId)[kind] += quantity;
  }

  clear(): void {
    this.levels.clear();
  }

  private unclaimed(ticketTypeId: string): number {
    const level = this.levels.get(ticketTypeId);
    return this.capacityOf(ticketTypeId) - (level === undefined ? 0 : level.held + level.sold);
  }

  private level(ticketTypeId: string): Level {
    const known = this.levels.get(ticketTypeId);
    if (known !== undefined) return known;
    const fresh: Level = { held: 0, sold: 0, oversold: 0 };
    this.levels.set(ticketTypeId, fresh);
    return fresh;
  }
}
