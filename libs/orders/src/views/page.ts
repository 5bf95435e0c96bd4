/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly page: { readonly limit: number; readonly hasMore: boolean; readonly nextCursor: string | null };
}

/** Makes a page of rows that were read with a limit of one more than asked for. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => T,
  cursorOf: (row: Row) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: shown.map(view),
    page: { limit, hasMore, nextCursor: hasMore && last !== undefined ? cursorOf(last) : null },
  };
}
