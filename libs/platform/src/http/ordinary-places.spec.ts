import { OrdinaryPlaces } from './ordinary-places.js';

const MAX = 768;
const LOOK_MS = 100;
/** The first look sees the limit, the eleventh that it has lasted for a second. */
const NO_RUSH = 11;
/** So many looks without a sign end an overload. */
const CALM = 5;

interface Look {
  readonly waitMs?: number;
  readonly busy?: number;
  /** Answers since the last look. */
  readonly served?: number;
}

function given(): {
  readonly look: (seen: Look, times?: number) => void;
  readonly count: () => number;
} {
  let nowMs = 0;
  let seen: Look = {};
  const places = new OrdinaryPlaces(MAX, {
    shortestWaitMs: () => seen.waitMs,
    busyShare: () => seen.busy ?? 0,
    nowMs: () => nowMs,
  });
  return {
    look: (now, times = 1) => {
      seen = now;
      for (let time = 0; time < times; time += 1) {
        for (let index = 0; index < (now.served ?? 0); index += 1) places.served();
        nowMs += LOOK_MS;
        places.hasPlaceBeside(0);
      }
    },
    // Between two looks nothing changes.
    count: () =>
      Array.from({ length: MAX + 1 }, (_none, index) => index).findIndex((n) => !places.hasPlaceBeside(n)),
  };
}

describe('places for ordinary requests', () => {
  it.each<[string, Look]>([
    ['connections come soon and the event loop rests', { waitMs: 5, busy: 0.9, served: 10 }],
    ['nobody has waited yet', { served: 0 }],
    ['a wait is just bearable', { waitMs: 200, busy: 0.95, served: 10 }],
  ])('are all there while %s', (_when, seen) => {
    const { look, count } = given();
    look(seen);
    expect(count()).toBe(MAX);
  });

  it.each<[string, Look]>([
    ['even the luckiest waits too long for a connection', { waitMs: 201, served: 80 }],
    ['the event loop has no rest', { busy: 0.96, served: 80 }],
  ])('become as many as are answered in a quarter of a second when %s', (_when, seen) => {
    const { look, count } = given();
    look(seen, NO_RUSH - 1);
    expect(count()).toBe(MAX);
    // 80 in 100 ms are 200 in 250 ms.
    look(seen);
    expect(count()).toBe(200);
  });

  it('are all there for the next rush when one is over', () => {
    const { look, count } = given();
    look({ busy: 1, served: 80 }, NO_RUSH - 1);
    look({ busy: 0.5, served: 80 }, CALM);
    look({ busy: 1, served: 80 }, NO_RUSH - 1);
    expect(count()).toBe(MAX);
  });

  it('do not follow a pause at once, because the next look may see the pace again', () => {
    const { look, count } = given();
    look({ busy: 1, served: 100 }, NO_RUSH);
    expect(count()).toBe(250);
    look({ busy: 1, served: 0 });
    expect(count()).toBe(175);
  });

  it('never become so few that connections stand idle', () => {
    const { look, count } = given();
    look({ waitMs: 5_000, busy: 1, served: 1 }, 2 * NO_RUSH);
    expect(count()).toBe(64);
  });

  it('come back bit by bit, and all at once when the overload is over', () => {
    const { look, count } = given();
    look({ busy: 1 }, NO_RUSH);
    expect(count()).toBe(64);
    look({ busy: 1, served: 1_000 });
    expect(count()).toBe(68);
    look({ busy: 0.5 }, CALM - 1);
    expect(count()).toBe(84);
    look({ busy: 0.5 });
    expect(count()).toBe(MAX);
  });

  it('are as many as there are at all when those are fewer than the fewest', () => {
    const signs = { shortestWaitMs: () => 5_000, busyShare: () => 1, nowMs: () => performance.now() };
    const places = new OrdinaryPlaces(6, signs);
    expect([places.hasPlaceBeside(5), places.hasPlaceBeside(6)]).toEqual([true, false]);
  });
});
