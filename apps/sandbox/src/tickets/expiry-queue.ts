interface Entry<T> {
  readonly dueAtMs: number;
  readonly item: T;
}

/** A binary heap: what is due first comes out first, at a cost that does not grow with what is not due. */
export class ExpiryQueue<T> {
  private readonly heap: Entry<T>[] = [];

  push(dueAtMs: number, item: T): void {
    const entry = { dueAtMs, item };
    let place = this.heap.length;
    this.heap.push(entry);
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.heap[parentPlace];
      if (parent === undefined || parent.dueAtMs <= dueAtMs) break;
      this.heap[place] = parent;
      place = parentPlace;
    }
    this.heap[place] = entry;
  }

  /** Takes out one item due at or before `nowMs`; undefined when there is none. */
  popDue(nowMs: number): T | undefined {
    const first = this.heap[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) this.sink(last);
    return first.item;
  }

  clear(): void {
    this.heap.length = 0;
  }

  private sink(entry: Entry<T>): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const leftChild = this.heap[left];
      if (leftChild === undefined) break;
      const rightChild = this.heap[left + 1];
      const rightIsSooner = rightChild !== undefined && rightChild.dueAtMs < leftChild.dueAtMs;
      const child = rightIsSooner ? rightChild : leftChild;
      if (child.dueAtMs >= entry.dueAtMs) break;
      this.heap[place] = child;
      place = rightIsSooner ? left + 1 : left;
    }
    this.heap[place] = entry;
  }
}
