import { backoffMs, refundPollMs } from './backoff.js';

const ALMOST_ONE = 1 - 2 ** -53;

describe('the pause before the next try', () => {
  it.each([
    [1, 400],
    [2, 800],
    [3, 1_600],
    [7, 25_600],
    [8, 30_000],
    [9, 30_000],
    [10_000, 30_000],
  ])('after %d tries is at most %d ms', (attempts, ceiling) => {
    expect(backoffMs(attempts, ALMOST_ONE)).toBe(ceiling);
  });

  it('is drawn from the whole span, and never shorter than 100 ms', () => {
    expect(backoffMs(3, 0.5)).toBe(800);
    expect(backoffMs(3, 0.25)).toBe(400);
    expect(backoffMs(1, 0)).toBe(100);
    expect(backoffMs(1, 0.2)).toBe(100);
    expect(backoffMs(1, 0.2501)).toBe(100);
    expect(backoffMs(1, 0.254)).toBe(102);
  });
});

describe('the pause before a pending refund is looked at again', () => {
  it.each([
    [0, 1_000],
    [1, 1_000],
    [2, 1_500],
    [3, 2_250],
    [4, 3_375],
    [50, 900_000],
  ])('after %d looks is %d ms', (attempts, expected) => {
    expect(refundPollMs(attempts)).toBe(expected);
  });
});
