import fs from 'node:fs';
import { upstreamConfig } from '../../../../test/support/fake-sibling.js';
import { UPSTREAM_OPERATIONS } from '../upstream/operations.js';
import { ArmedCrashPoint, armedCrashPoint, parseCrashAction, parseCrashPlan } from './armed-crash-point.js';
import { CALL_STEPS, CRASH_POINTS, type CrashPoint } from './crash-points-table.js';

describe('the crash point of a process', () => {
  it('is named with the visit at which it strikes, the first when none is given', () => {
    expect(parseCrashPlan('reserve.tx1.before-commit')).toEqual({
      point: 'reserve.tx1.before-commit',
      visit: 1,
    });
    expect(parseCrashPlan('ticket-service.reserve.after:3')).toEqual({
      point: 'ticket-service.reserve.after',
      visit: 3,
    });
  });

  it('must be in the table, and its visits count from one', () => {
    expect(() => parseCrashPlan('reserve.tx9.before-commit')).toThrow('is not a crash point');
    expect(() => parseCrashPlan('reserve.tx1.before-commit:0')).toThrow('counts visits from 1');
  });

  it('ends the process or freezes it for a while, and does nothing else', () => {
    expect(parseCrashAction('exit')).toEqual({ kind: 'exit' });
    expect(parseCrashAction('freeze:2500')).toEqual({ kind: 'freeze', freezeMs: 2500 });
    expect(() => parseCrashAction('freeze')).toThrow('freeze:<milliseconds>');
    expect(() => parseCrashAction('panic')).toThrow('must be exit');
  });

  it('does not exist unless a test named one', () => {
    expect(armedCrashPoint({ CRASH_POINT: null, CRASH_ACTION: { kind: 'exit' } })).toBeUndefined();
  });

  it('is refused in production', () => {
    const armed = { CRASH_POINT: 'create.tx1.after-commit' };

    expect(upstreamConfig('http://127.0.0.1:9', armed).CRASH_POINT?.point).toBe('create.tx1.after-commit');
    expect(() => upstreamConfig('http://127.0.0.1:9', { ...armed, NODE_ENV: 'production' })).toThrow(
      'CRASH_POINT is for fault tests and must be unset in production',
    );
  });

  it('strikes at its own visit only, and once', () => {
    const told = jest.spyOn(fs, 'writeSync').mockReturnValue(0);
    const armed = new ArmedCrashPoint(
      { point: 'refund.tx1.after-commit', visit: 2 },
      { kind: 'freeze', freezeMs: 0 },
    );
    const strikes = (point: CrashPoint): number => {
      told.mockClear();
      armed.reach(point);
      return told.mock.calls.length;
    };

    expect(strikes('refund.tx1.after-commit')).toBe(0);
    expect(strikes('refund.tx1.before-commit')).toBe(0);
    expect(strikes('refund.tx1.after-commit')).toBe(1);
    expect(strikes('refund.tx1.after-commit')).toBe(0);
    told.mockRestore();
  });

  it('can stand before and after every call to a sibling', () => {
    const called = new Set(
      Object.values(UPSTREAM_OPERATIONS).map((row) => `${row.upstream}.${row.operation}`),
    );
    expect([...CALL_STEPS].sort()).toEqual([...called].sort());
    expect(new Set(CRASH_POINTS).size).toBe(CRASH_POINTS.length);
  });
});
