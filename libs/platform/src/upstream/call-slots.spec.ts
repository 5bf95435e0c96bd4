import { CallSlots } from './call-slots.js';

describe('call slots', () => {
  it('lets waiters in first come first served', async () => {
    const slots = new CallSlots({ slotsMax: 1, waitingMax: 5 });
    const order: string[] = [];
    await slots.take(1_000);
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      expect(await slots.take(1_000)).toBe('taken');
      order.push(name);
      slots.release();
    });
    slots.release();
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('refuses at once when the queue is full', async () => {
    const slots = new CallSlots({ slotsMax: 1, waitingMax: 1 });
    await slots.take(1_000);
    const waiting = slots.take(1_000);
    expect(await slots.take(1_000)).toBe('queue-full');
    slots.release();
    expect(await waiting).toBe('taken');
  });

  it('gives the place of a waiter whose deadline passed to nobody', async () => {
    const slots = new CallSlots({ slotsMax: 1, waitingMax: 1 });
    await slots.take(1_000);
    expect(await slots.take(5)).toBe('deadline');
    slots.release();
    expect(await slots.take(5)).toBe('taken');
    expect(await slots.take(5)).toBe('deadline');
  });
});
