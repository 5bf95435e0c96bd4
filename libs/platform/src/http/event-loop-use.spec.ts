import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventLoopUse } from './event-loop-use.js';

describe('the use of the event loop', () => {
  it('is whole while something runs, and counts from when it was last asked', async () => {
    const use = new EventLoopUse();
    for (let n = 0; n < 100_000; n += 1) Math.sqrt(n);
    expect(use.takeBusyShare()).toBe(1);
    await nextTurn();
    const share = use.takeBusyShare();
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});
