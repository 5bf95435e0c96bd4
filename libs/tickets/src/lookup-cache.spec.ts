import { StandingClock } from '../../../test/support/fake-sibling.js';
import { LookupCache } from './lookup-cache.js';

const FOREVER = Number.POSITIVE_INFINITY;

class Source {
  readonly asked: (readonly string[])[] = [];
  failure: Error | undefined;

  readonly fetch = (keys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    this.asked.push(keys);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(new Map(keys.map((key) => [key, `${key}${String(this.asked.length)}`])));
  };
}

function given(entriesMax = 10): { clock: StandingClock; source: Source; cache: LookupCache<string> } {
  const clock = new StandingClock();
  return { clock, source: new Source(), cache: new LookupCache(clock, { entriesMax, ttlMs: () => 5_000 }) };
}

describe('the lookup cache', () => {
  it('asks once for what many want at the same time', async () => {
    const { cache, source } = given();
    const answers = await Promise.all([1, 2, 3].map(() => cache.many(['a'], FOREVER, source.fetch)));
    expect(answers).toEqual([['a1'], ['a1'], ['a1']]);
    expect(source.asked).toEqual([['a']]);
  });

  it('asks in one go for what is missing only', async () => {
    const { cache, source } = given();
    await cache.many(['a'], FOREVER, source.fetch);
    const inFlight = cache.many(['b'], FOREVER, source.fetch);
    expect(await cache.many(['a', 'b', 'c', 'd', 'c'], FOREVER, source.fetch)).toEqual([
      'a1',
      'b2',
      'c3',
      'd3',
      'c3',
    ]);
    await inFlight;
    expect(source.asked).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  it('forgets a value at the end of its time to live, counted from when it was asked for', async () => {
    const { cache, source, clock } = given();
    await cache.many(['a'], FOREVER, source.fetch);
    clock.advance(4_999);
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a1']);
    clock.advance(1);
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a2']);
  });

  it('gives nothing older than the caller accepts, not even from a lookup on its way', async () => {
    const { cache, source, clock } = given();
    const early = cache.many(['a'], FOREVER, source.fetch);
    clock.advance(100);
    expect(await cache.many(['a'], 50, source.fetch)).toEqual(['a2']);
    await early;
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a2']);
  });

  it('keeps no failure', async () => {
    const { cache, source } = given();
    source.failure = new Error('away');
    await expect(cache.many(['a', 'b'], FOREVER, source.fetch)).rejects.toThrow('away');
    source.failure = undefined;
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a2']);
  });

  it('drops the least recently used entry beyond its maximum', async () => {
    const { cache, source } = given(2);
    await cache.many(['a'], FOREVER, source.fetch);
    await cache.many(['b'], FOREVER, source.fetch);
    await cache.many(['a'], FOREVER, source.fetch);
    await cache.many(['c'], FOREVER, source.fetch);
    expect(cache.size).toBe(2);
    expect(await cache.many(['a', 'b'], FOREVER, source.fetch)).toEqual(['a1', 'b4']);
  });

  it('does not keep what was asked for before a drop', async () => {
    const { cache, source } = given();
    const before = cache.many(['a'], FOREVER, source.fetch);
    cache.drop((key) => key === 'a');
    expect(await before).toEqual(['a1']);
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a2']);
    cache.drop((key) => key === 'other');
    expect(await cache.many(['a'], FOREVER, source.fetch)).toEqual(['a2']);
  });
});
