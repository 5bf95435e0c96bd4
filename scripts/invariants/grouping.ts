/** Rows by what they have in common, in their order. */
export function groupedBy<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

export function byOrder<T extends { readonly orderId: string }>(
  rows: readonly T[],
): (orderId: string) => readonly T[] {
  const groups = groupedBy(rows, (row) => row.orderId);
  return (orderId) => groups.get(orderId) ?? [];
}

export function sumOf<T>(rows: readonly T[], amountOf: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + amountOf(row), 0);
}
