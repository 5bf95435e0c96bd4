import type { Clock } from '@app/kernel';
import { KeyQueues } from './key-queues.js';
import { lockKey } from './lock-keys.js';

const balcony = lockKey('ticket-type', { tenantId: 'tenant', id: 'balcony' });
const stalls = lockKey('ticket-type', { tenantId: 'tenant', id: 'stalls' });
const patient = new AbortController().signal;

function steppingClock(): Clock & { nowMs: number } {
  return {
    nowMs: 1_000,
    now() {
      return new Date(this.nowMs);
    },
    monotonicMs() {
      return this.nowMs;
    },
  };
}

/** Lets everything run that only waits for promises. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
}

describe('the queue in front of a lock', () => {
  it('lets waiters through one by one in the order they came', async () => {
    const queues = new KeyQueues(steppingClock());
    const order: number[] = [];
    const places = [1, 2, 3].map(async (n) => {
      const place = await queues.enter([balcony], patient);
      order.push(n);
      return place;
    });

    const [first, second, third] = places;
    await settle();
    expect(order).toEqual([1]);
    (await first)?.leave();
    await settle();
    expect(order).toEqual([1, 2]);
    (await second)?.leave();
    await settle();
    expect(order).toEqual([1, 2, 3]);
    (await third)?.leave();
  });

  it('keeps different keys apart', async () => {
    const queues = new KeyQueues(steppingClock());
    await queues.enter([balcony], patient);

    await expect(queues.enter([stalls], patient)).resolves.toBeDefined();
  });

  it('gives back the keys it got when the wait for the next one ends', async () => {
    const queues = new KeyQueues(steppingClock());
    const holder = await queues.enter([stalls], patient);
    const impatience = new AbortController();
    const waiting = queues.enter([balcony, stalls], impatience.signal);
    await settle();

    impatience.abort();

    await expect(waiting).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await expect(queues.enter([balcony], patient)).resolves.toBeDefined();
    holder.leave();
    await expect(queues.enter([stalls], patient)).resolves.toBeDefined();
  });

  it('passes over a waiter who has gone', async () => {
    const queues = new KeyQueues(steppingClock());
    const holder = await queues.enter([balcony], patient);
    const impatience = new AbortController();
    const gone = queues.enter([balcony], impatience.signal);
    const next = queues.enter([balcony], patient);
    impatience.abort();
    await expect(gone).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });

    holder.leave();

    await expect(next).resolves.toBeDefined();
  });

  it('pauses for other processes after holding a key without a break for half a second', async () => {
    const clock = steppingClock();
    const queues = new KeyQueues(clock);
    const pauses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const place = await queues.enter([balcony], patient);
      pauses.push(place.pauseMs);
      clock.nowMs += 50;
      place.leave();
    }

    expect(pauses).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0]);
  });

  it('never pauses for a key that was free for a while', async () => {
    const clock = steppingClock();
    const queues = new KeyQueues(clock);
    for (let n = 0; n < 30; n += 1) {
      const place = await queues.enter([balcony], patient);
      expect(place.pauseMs).toBe(0);
      clock.nowMs += 50;
      place.leave();
      clock.nowMs += 60;
    }
  });
});
