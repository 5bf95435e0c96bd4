import type { EffectRecord } from '../persistence/effect-records.store.js';
import { aFinding, aRefund, anEffectRecord, anOrder, NOW } from '../testing/builders.js';
import { nextSteps, type NextFacts } from './next-steps.js';

function stepsOf(facts: Partial<NextFacts>): readonly string[] {
  return nextSteps({ order: anOrder(), effects: [], refunds: [], findings: [], ...facts });
}

function stepOf(effect: Partial<EffectRecord>): readonly string[] {
  return stepsOf({ order: anOrder({ status: 'CANCELLED' }), effects: [anEffectRecord(effect)] });
}

const NOTHING = 'Nothing more happens to it by itself.';

describe('what may happen to an order next', () => {
  it('is what a client may do, or nothing', () => {
    expect(stepsOf({})).toEqual(['A client may now: refund.']);
    expect(stepsOf({ order: anOrder({ status: 'CANCELLED' }) })).toEqual([NOTHING]);
  });

  it.each([
    ['PENDING', 'reserved'],
    ['RESERVED', 'paid'],
  ] as const)('while %s has a deadline, unless it is %s', (status, unless) => {
    expect(stepsOf({ order: anOrder({ status, expiresAt: NOW }) })).toContain(
      `It expires at 2026-06-01T12:00:00.000Z unless it is ${unless} or cancelled before.`,
    );
  });

  it.each([
    [
      'reserving',
      null,
      'It is being reserved. When nobody comes back for it, what it has taken is given back.',
    ],
    [
      'recovering',
      NOW,
      'A late payment is being honoured: its tickets are taken again. It is tried again at 2026-06-01T12:00:00.000Z.',
    ],
  ] as const)('while it is %s', (op, opDueAt, expected) => {
    expect(stepsOf({ order: anOrder({ status: 'EXPIRED', op, opDueAt, expiresAt: null }) })[0]).toBe(
      expected,
    );
  });

  it('waits for a dispute, a refund and a person', () => {
    const order = anOrder({ status: 'CANCELLED', disputed: true });
    const refunds = [aRefund(order, { status: 'PENDING' }), aRefund(order, { id: 'done' })];
    expect(stepsOf({ order, refunds, findings: [aFinding()] })).toEqual([
      'Refund r of 10000 USD (minor units) is on its way and has not succeeded yet.',
      'The payment is disputed: nothing is paid back until the dispute is closed.',
      'Finding surplus_money is OPEN since 2026-06-01T12:00:00.000Z: POST /api/v1/findings/f-1/resolve once it is settled.',
    ]);
  });

  it.each([
    [
      { state: 'parked', attempts: 9, outcome: { code: 'KEY_REUSED' } },
      'tickets.release is parked after 9 attempts (last: KEY_REUSED): POST /api/v1/effects/e-1/retry sends it again.',
    ],
    [
      { state: 'armed' },
      'tickets.release is kept ready to take the reservation back, should nobody finish it.',
    ],
    [
      { state: 'pending', attempts: 0, dueAt: NOW },
      'tickets.release has not been sent yet and is due at 2026-06-01T12:00:00.000Z.',
    ],
    [
      { state: 'pending', attempts: 2, outcome: { reason: 'time-out' }, dueAt: null },
      'tickets.release was sent 2 times (last: time-out) and is due.',
    ],
    [
      { state: 'pending', attempts: 1, outcome: null, dueAt: null },
      'tickets.release was sent 1 times (no answer yet) and is due.',
    ],
    [{ state: 'pending', queue: 'operation' }, NOTHING],
    [{ state: 'done' }, NOTHING],
  ] as const)('after a call that is %j', (effect, expected) => {
    expect(stepOf(effect)).toEqual([expected]);
  });
});
