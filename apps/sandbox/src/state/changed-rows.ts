export interface ChangedRow {
  readonly updatedAt: string;
  readonly changeNumber: number;
}

/**
 * Rows in the order they last changed. A list that is read in pages while rows change may show a row
 * twice, but never misses one.
 */
export class ChangedRows<T extends ChangedRow> {
  private readonly rows = new Map<string, T>();
  private lastChange = 0;

  get(id: string): T | undefined {
    return this.rows.get(id);
  }

  values(): IterableIterator<T> {
    return this.rows.values();
  }

  nextChangeNumber(): number {
    this.lastChange += 1;
    return this.lastChange;
  }

  /** A Map keeps the order of insertion, so putting the row in anew moves it to the end. */
  put(id: string, row: T): void {
    this.rows.delete(id);
    this.rows.set(id, row);
    this.lastChange = Math.max(this.lastChange, row.changeNumber);
  }

  /** At most `limit` rows behind `cursor` that fit, and the cursor to go on from; null at the end. */
  page(query: {
    readonly cursor?: number | undefined;
    readonly updatedSince?: string | undefined;
    readonly limit: number;
    readonly fits: (row: T) => boolean;
  }): { readonly rows: readonly T[]; readonly nextCursor: string | null } {
    const sinceMs = query.updatedSince === undefined ? -Infinity : Date.parse(query.updatedSince);
    const cursor = query.cursor ?? 0;
    const rows: T[] = [];
    for (const row of this.rows.values()) {
      if (row.changeNumber <= cursor || !query.fits(row) || Date.parse(row.updatedAt) < sinceMs) continue;
      const last = rows.at(-1);
      if (rows.length === query.limit && last !== undefined) {
        return { rows, nextCursor: String(last.changeNumber) };
      }
      rows.push(row);
    }
    return { rows, nextCursor: null };
  }

  clear(): void {
    this.rows.clear();
    this.lastChange = 0;
  }
}
