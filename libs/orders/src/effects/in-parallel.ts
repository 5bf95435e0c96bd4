/** Orders that one process works on at once; each costs a connection now and then and a call to a sibling. */
export const CONCURRENCY = 12;

/** Runs `work` on every item, a bounded number at a time. @throws what `work` throws, once every lane has stopped */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
}
