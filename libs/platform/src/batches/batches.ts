import { AsyncLocalStorage } from 'node:async_hooks';

export interface BatchPlan<Item, Result> {
  /** Batches of one lane under way at once, 1 or more. */
  readonly atOnce: number;
  readonly batchMax: number;
  /** Items that wait in one lane; more are turned away. */
  readonly waitingMax: number;
  /** How long an item waits for its batch; then it is answered `tooLate` and never runs. Infinity: as long as it takes. */
  readonly waitMaxMs: (item: Item) => number;
  readonly tooLate: (item: Item) => Result;
  /** Two items with the same name never go in one batch. */
  readonly nameOf: (item: Item) => string;
  /**
   * @param waitedMs how long the first of them has waited
   * @returns a result for each item, in their order, or the promise of one, which the next batch does not wait for; a
   *   throw is what all of them hear
   */
  readonly run: (items: readonly Item[], waitedMs: number) => Promise<readonly (Result | Promise<Result>)[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly sinceMs: number;
  readonly inItsContext: ReturnType<typeof AsyncLocalStorage.snapshot>;
  readonly settle: (result: Result | Promise<Result>) => void;
  readonly fail: (error: unknown) => void;
  timer?: NodeJS.Timeout;
}

interface Lane<Item, Result> {
  queue: Waiting<Item, Result>[];
  underWay: number;
}

/**
 * Work that costs little more for many than for one: what arrives in a lane while a batch is under way goes together
 * in the next. Nobody waits for company: an item that finds its lane free goes at once.
 */
export class Batches<Item, Result> {
  private readonly lanes = new Map<string, Lane<Item, Result>>();

  constructor(private readonly plan: BatchPlan<Item, Result>) {}

  /** @returns undefined when too many wait in this lane */
  add(laneName: string, item: Item): Promise<Result | undefined> {
    const lane = this.lanes.get(laneName) ?? { queue: [], underWay: 0 };
    if (lane.queue.length >= this.plan.waitingMax) return Promise.resolve(undefined);
    this.lanes.set(laneName, lane);
    return new Promise((settle, fail) => {
      const inItsContext = AsyncLocalStorage.snapshot();
      const waiting = { item, sinceMs: performance.now(), inItsContext, settle, fail };
      lane.queue.push(waiting);
      this.drain(laneName, lane);
      if (lane.queue.at(-1) === waiting) this.limitWait(lane, waiting);
    });
  }

  private limitWait(lane: Lane<Item, Result>, waiting: Waiting<Item, Result>): void {
    const { item, settle } = waiting;
    const waitMaxMs = this.plan.waitMaxMs(item);
    if (waitMaxMs === Infinity) return;
    waiting.timer = setTimeout(() => {
      lane.queue = lane.queue.filter((other) => other !== waiting);
      settle(this.plan.tooLate(item));
    }, waitMaxMs);
  }

  private drain(laneName: string, lane: Lane<Item, Result>): void {
    while (lane.underWay < this.plan.atOnce && lane.queue.length > 0) {
      const batch = this.takeBatch(lane);
      const [first] = batch;
      if (first === undefined) return;
      lane.underWay += 1;
      // The batch belongs to its first item, not to whichever request happened to end before it.
      void first
        .inItsContext(() => this.run(batch, first))
        .then(() => {
          lane.underWay -= 1;
          this.drain(laneName, lane);
        });
    }
    if (lane.underWay === 0 && lane.queue.length === 0) this.lanes.delete(laneName);
  }

  private async run(batch: readonly Waiting<Item, Result>[], first: Waiting<Item, Result>): Promise<void> {
    try {
      const results = await this.plan.run(
        batch.map(({ item }) => item),
        performance.now() - first.sinceMs,
      );
      if (results.length !== batch.length)
        throw new Error(`A batch of ${batch.length} gave ${results.length} results.`);
      results.forEach((result, index) => batch[index]?.settle(result));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }

  /** An item whose name is in the batch already waits for the next one. */
  private takeBatch(lane: Lane<Item, Result>): readonly Waiting<Item, Result>[] {
    const names = new Set<string>();
    const batch: Waiting<Item, Result>[] = [];
    const rest: Waiting<Item, Result>[] = [];
    for (const waiting of lane.queue) {
      const name = this.plan.nameOf(waiting.item);
      if (batch.length < this.plan.batchMax && !names.has(name)) {
        names.add(name);
        clearTimeout(waiting.timer);
        batch.push(waiting);
      } else rest.push(waiting);
    }
    lane.queue = rest;
    return batch;
  }
}
