import { LocalWindows } from './local-windows.js';

const windowMs = 60_000;

describe('limits in local memory', () => {
  it('counts the requests of a subject until its window ends', () => {
    const windows = new LocalWindows();

    expect(windows.count('buyer', { nowMs: 1_000, windowMs })).toEqual({ count: 1, resetMs: 60_000 });
    expect(windows.count('buyer', { nowMs: 41_000, windowMs })).toEqual({ count: 2, resetMs: 20_000 });
    expect(windows.count('buyer', { nowMs: 61_000, windowMs })).toEqual({ count: 1, resetMs: 60_000 });
  });

  it('counts each subject by itself', () => {
    const windows = new LocalWindows();
    windows.count('buyer', { nowMs: 0, windowMs });

    expect(windows.count('other buyer', { nowMs: 0, windowMs }).count).toBe(1);
  });

  it('forgets the subject heard of longest ago when there are too many', () => {
    const windows = new LocalWindows(2);
    windows.count('first', { nowMs: 0, windowMs });
    windows.count('second', { nowMs: 1, windowMs });
    windows.count('first', { nowMs: 2, windowMs });
    windows.count('third', { nowMs: 3, windowMs });

    expect(windows.size).toBe(2);
    expect(windows.count('first', { nowMs: 4, windowMs }).count).toBe(3);
    expect(windows.count('second', { nowMs: 5, windowMs }).count).toBe(1);
  });
});
