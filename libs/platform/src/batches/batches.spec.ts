import { AsyncLocalStorage } from 'node:async_hooks';
import { Batches, type BatchPlan } from './batches.js';

/** Batches that end when the test says so. */
class Bench {
  readonly begun: (readonly string[])[] = [];
  private readonly ends: (() => void)[] = [];
  readonly batches: Batches<string, string>;

  constructor(plan: Partial<BatchPlan<string, string>> = {}) {
    this.batches = new Batches({
      atOnce: 1,
      batchMax: 3,
      waitingMax: 10,
      waitMaxMs: () => Infinity,
      tooLate: (item) => `${item} too late`,
      nameOf: (item) => item.toLowerCase(),
      run: async (items) => {
        this.begun.push(items);
        await new Promise<void>((resolve) => this.ends.push(resolve));
        return items.map((item) => `${item} done`);
      },
      ...plan,
    });
  }

  add(...items: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(items.map((item) => this.batches.add('lane', item)));
  }

  async endAll(): Promise<void> {
    while (this.ends.length > 0) {
      this.ends.splice(0).forEach((end) => {
        end();
      });
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
  }
}

describe('batches', () => {
  it('begin at once, and take along what has arrived meanwhile', async () => {
    const bench = new Bench();
    const results = bench.add('a', 'b', 'c', 'd', 'e');
    expect(bench.begun).toEqual([['a']]);
    await bench.endAll();
    expect(bench.begun).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await results).toEqual(['a done', 'b done', 'c done', 'd done', 'e done']);
  });

  it('run as many at once as a lane allows, and lanes do not wait for each other', async () => {
    const bench = new Bench({ atOnce: 2 });
    const results = [bench.add('a', 'b', 'c'), bench.batches.add('other', 'x')];
    expect(bench.begun).toEqual([['a'], ['b'], ['x']]);
    await bench.endAll();
    await Promise.all(results);
    expect(bench.begun.at(-1)).toEqual(['c']);
  });

  it('never hold two items of one name', async () => {
    const bench = new Bench();
    const results = bench.add('first', 'a', 'A', 'b');
    await bench.endAll();
    expect(bench.begun).toEqual([['first'], ['a', 'b'], ['A']]);
    expect(await results).toHaveLength(4);
  });

  it('turn away what does not fit into the queue of its lane', async () => {
    const bench = new Bench({ waitingMax: 1 });
    const results = [bench.batches.add('lane', 'a'), bench.batches.add('lane', 'b')];
    results.push(bench.batches.add('lane', 'c'), bench.batches.add('other', 'd'));
    await bench.endAll();
    expect(await Promise.all(results)).toEqual(['a done', 'b done', undefined, 'd done']);
  });

  it('tell everybody of an error, and go on with the next', async () => {
    let runs = 0;
    const bench = new Bench({
      run: (items) => {
        runs += 1;
        return runs === 2 ? Promise.reject(new Error('broken')) : Promise.resolve(items);
      },
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => bench.batches.add('lane', item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await bench.batches.add('lane', 'd')).toBe('d');
  });

  it('answer those who have waited too long, and never run them', async () => {
    const bench = new Bench({ waitMaxMs: (item) => (item === 'hasty' ? 1 : Infinity) });
    const results = bench.add('a', 'hasty', 'b');
    expect(await bench.batches.add('lane', 'hasty')).toBe('hasty too late');
    await bench.endAll();
    expect(await results).toEqual(['a done', 'hasty too late', 'b done']);
    expect(bench.begun).toEqual([['a'], ['b']]);
  });

  it('do not wait for a result that is still to come', async () => {
    let late: (result: string) => void = () => undefined;
    const toCome = new Promise<string>((resolve) => {
      late = resolve;
    });
    const begun: (readonly string[])[] = [];
    const bench = new Bench({
      run: (items) => {
        begun.push(items);
        return Promise.resolve(items.map((item) => (item === 'slow' ? toCome : item)));
      },
    });
    const slow = bench.batches.add('lane', 'slow');
    expect(await bench.batches.add('lane', 'b')).toBe('b');
    late('at last');
    expect(await slow).toBe('at last');
    expect(begun).toEqual([['slow'], ['b']]);
  });

  it('refuse results that do not belong to the items', async () => {
    const bench = new Bench({ run: () => Promise.resolve([]) });
    await expect(bench.batches.add('lane', 'a')).rejects.toThrow('A batch of 1 gave 0 results.');
  });

  it('run in the context of their first item', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const bench = new Bench({
      run: async (items) => {
        seen.push(context.getStore());
        await Promise.resolve();
        return items;
      },
    });
    await Promise.all(
      ['a', 'b', 'c'].map((item) => context.run(`request of ${item}`, () => bench.batches.add('lane', item))),
    );
    expect(seen).toEqual(['request of a', 'request of b']);
  });

  it('know how long their first item has waited', async () => {
    const waits: number[] = [];
    const bench = new Bench({
      run: (items, waitedMs) => {
        waits.push(waitedMs);
        return Promise.resolve(items);
      },
    });
    await bench.add('a', 'b');
    expect(waits).toHaveLength(2);
    for (const waitedMs of waits) expect(waitedMs).toBeGreaterThanOrEqual(0);
  });
});
