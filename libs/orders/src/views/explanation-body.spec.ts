import { aFinding, anEffectRecord, anOrder, NOW } from '../testing/builders.js';
import { explanationBody, type ExplanationFacts } from './explanation-body.js';

const at = (minute: number): Date => new Date(NOW.getTime() + minute * 60_000);

function timelineOf(facts: Partial<ExplanationFacts>): readonly string[] {
  const { timeline } = explanationBody({
    order: anOrder(),
    now: NOW,
    history: [],
    effects: [],
    messages: [],
    latePayments: [],
    refunds: [],
    findings: [],
    ...facts,
  });
  return timeline.map((entry) => `${entry.at.slice(11, 16)} ${entry.what}`);
}

describe('the story of an order', () => {
  const step = {
    actorKind: 'user',
    actorId: 'u',
    requestId: 'r-1',
    reason: null,
    data: {},
    sequence: 1,
  } as const;

  it('is one line of time through history, calls, messages and findings', () => {
    const message = { id: 'm', sequence: 1, type: 'order.created', createdAt: NOW, position: 1, attempts: 1 };
    expect(
      timelineOf({
        history: [
          { ...step, type: 'order.created', at: at(0), fromStatus: null, toStatus: 'PENDING' },
          {
            ...step,
            type: 'order.cancelled',
            at: at(5),
            fromStatus: 'PENDING',
            toStatus: null,
            reason: 'ill',
          },
          { ...step, type: 'order.reserve_refused', at: at(2), fromStatus: 'PENDING', toStatus: 'PENDING' },
        ],
        effects: [anEffectRecord({ state: 'done', attempts: 2, firstSentAt: at(3), finishedAt: at(4) })],
        messages: [
          { ...message, publishedAt: at(1) },
          { ...message, id: 'n', publishedAt: null },
        ],
      }),
    ).toEqual([
      '12:00 order.created: nothing → PENDING',
      '12:01 order.created (number 1) was published',
      '12:02 order.reserve_refused',
      '12:03 tickets.release was sent for the first time (release:o:1)',
      '12:04 tickets.release ended done after 2 attempts (release:o:1)',
      '12:05 order.cancelled: PENDING → nothing (ill)',
    ]);
  });

  it('tells what became of a finding', () => {
    const acknowledged = aFinding({ acknowledgedAt: at(1), acknowledgedBy: 'ada' });
    const resolved = aFinding({
      state: 'RESOLVED',
      resolvedAt: at(2),
      resolvedBy: 'ada',
      resolution: 'paid back',
    });
    expect(timelineOf({ findings: [acknowledged] })).toEqual([
      '12:00 surplus_money was found',
      '12:01 surplus_money was acknowledged',
    ]);
    expect(timelineOf({ findings: [resolved, aFinding({ resolvedAt: at(3) })] })).toEqual([
      '12:00 surplus_money was found',
      '12:00 surplus_money was found',
      '12:02 surplus_money was resolved: paid back',
      '12:03 surplus_money was resolved: ',
    ]);
  });

  it('shows payments without the sealed secret, and which of them pays', () => {
    const order = anOrder();
    const [payment] = order.payments;
    if (payment === undefined) throw new Error('the order has a payment');
    const second = { ...payment, paymentIntentId: 'second', clientSecretSealed: 'CANARY' };
    const body = explanationBody({
      order: { ...order, payments: [payment, second] },
      now: NOW,
      history: [],
      effects: [],
      messages: [],
      latePayments: [],
      refunds: [],
      findings: [],
    });
    expect(body.payments.map(({ paymentIntentId, isCurrent }) => [paymentIntentId, isCurrent])).toEqual([
      ['pi', true],
      ['second', false],
    ]);
    expect(JSON.stringify(body)).not.toContain('CANARY');
  });
});
