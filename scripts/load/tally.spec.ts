import { Tally } from './tally.js';

describe('a tally of answers', () => {
  it('counts by status and code, and rates only what succeeded', () => {
    const tally = new Tally();
    for (const ms of [10, 20, 30, 1_500]) tally.answered({ status: 201, ms });
    tally.answered({ status: 503, ms: 2, code: 'OVERLOADED' });
    tally.unanswered('timeout');

    expect(tally.measure('create', 2)).toMatchObject({
      name: 'create',
      seconds: 2,
      requests: 6,
      succeeded: 4,
      perSecond: 2,
      statuses: { 201: 4, 503: 1 },
      errors: { OVERLOADED: 1, timeout: 1 },
    });
  });

  it('counts in time what a buyer waited at most a second for', () => {
    const tally = new Tally();
    for (const ms of [999, 1_000, 1_001]) tally.answered({ status: 200, ms });
    tally.answered({ status: 409, ms: 1, code: 'TICKETS_UNAVAILABLE' });
    expect(tally.inTime).toBe(2);
  });

  it('keeps the times of refusals apart from those of successes', () => {
    const tally = new Tally();
    tally.answered({ status: 200, ms: 100 });
    tally.answered({ status: 409, ms: 1, code: 'TICKETS_UNAVAILABLE' });
    const { latencyMs, refusalMs } = tally.measure('reserve', 1);
    expect(latencyMs.p50).toBeCloseTo(100, 0);
    expect(refusalMs?.max).toBeCloseTo(1, 1);
  });

  it('has zeros where nothing came', () => {
    expect(new Tally().measure('create', 1)).toMatchObject({
      requests: 0,
      perSecond: 0,
      latencyMs: { p50: 0, p95: 0, p99: 0, max: 0 },
      refusalMs: null,
    });
  });
});
