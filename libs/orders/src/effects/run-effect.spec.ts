import type { PaymentServiceClient } from '@app/payments';
import type { TicketServiceClient } from '@app/tickets';
import { aPayment, anOrder, NOW } from '../testing/builders.js';
import {
  cancelIntentEffect,
  confirmTicketsEffect,
  openIntentEffect,
  refundEffect,
  releaseTicketsEffect,
  reserveTicketsEffect,
  type Effect,
  type NewEffect,
} from './catalog.js';
import { RunEffect, type EffectResult } from './run-effect.js';
import type { TicketHolds } from './ticket-holds.js';

const order = anOrder();
const refusal = (code: string): object => ({ kind: 'refused', status: 409, code, body: null });
const done = (body: object): object => ({ kind: 'done', status: 200, body });
const LOST = { kind: 'unknown', reason: 'time-out' };
const BROKEN_CONTRACT = { kind: 'unknown', reason: 'echo-mismatch', finding: 'Another order was answered.' };

/** Siblings that answer each call as it is told; a call that was not expected fails the test. */
function run(
  effect: NewEffect,
  answers: Readonly<Record<string, object>>,
  outcome = {},
): Promise<EffectResult> {
  const sibling = Object.fromEntries(
    Object.entries(answers).map(([call, answer]) => [call, () => Promise.resolve(answer)]),
  );
  const runner = new RunEffect(
    sibling as unknown as TicketServiceClient,
    sibling as unknown as PaymentServiceClient,
    sibling as unknown as TicketHolds,
  );
  const stored = { ...effect, outcome } as unknown as Effect;
  return runner.run(stored, { tenantId: 't', requestId: 'r' });
}

describe('seats that are held again', () => {
  const effect = reserveTicketsEffect(order, 'main', NOW);

  it.each([
    [{ kind: 'held' }, { kind: 'held' }],
    [{ kind: 'insufficient', unavailable: [] }, { kind: 'gone' }],
    [{ kind: 'released' }, { kind: 'gone' }],
    [{ kind: 'key-reused' }, { kind: 'broken', code: 'KEY_REUSED' }],
    [
      { kind: 'not-sent', reason: 'queue-full' },
      { kind: 'again', reason: 'queue-full' },
    ],
  ])('%j: %j', async (hold, expected) => {
    expect(await run(effect, { hold })).toEqual(expected);
  });
});

describe('tickets that are issued', () => {
  const tickets = [{ id: 'ticket-1', ticketTypeId: 'type-1' }];

  it.each([
    [done({ tickets }), { kind: 'issued', tickets }],
    [refusal('HOLD_GONE'), { kind: 'gone' }],
    [refusal('KEY_REUSED'), { kind: 'broken', code: 'KEY_REUSED' }],
    [LOST, { kind: 'again', reason: 'time-out' }],
    [BROKEN_CONTRACT, { kind: 'again', reason: 'echo-mismatch', finding: 'Another order was answered.' }],
  ])('%j: %j', async (confirm, expected) => {
    expect(await run(confirmTicketsEffect(order), { confirm })).toEqual(expected);
  });
});

describe('tickets that are given back', () => {
  const effect = releaseTicketsEffect(order, { queue: 'main', reason: 'refunded' });

  it.each([
    [done({}), { kind: 'released' }],
    [refusal('TICKET_USED'), { kind: 'ticket-used' }],
    [refusal('KEY_REUSED'), { kind: 'broken', code: 'KEY_REUSED' }],
    [LOST, { kind: 'again', reason: 'time-out' }],
  ])('%j: %j', async (release, expected) => {
    expect(await run(effect, { release })).toEqual(expected);
  });
});

describe('an intent that must not be paid any more', () => {
  const effect = cancelIntentEffect(order, { queue: 'main', payment: aPayment() });
  const nameless = cancelIntentEffect(order, { queue: 'main', payment: null });
  const paid = { paymentIntentId: 'pi', status: 'succeeded' };

  it.each([
    [done({}), { kind: 'intent-dead' }],
    [refusal('INTENT_NOT_FOUND'), { kind: 'intent-dead' }],
    [refusal('PROCESSING'), { kind: 'again', reason: 'processing' }],
    [refusal('KEY_REUSED'), { kind: 'broken', code: 'KEY_REUSED' }],
    [LOST, { kind: 'again', reason: 'time-out' }],
  ])('%j: %j', async (cancelIntent, expected) => {
    expect(await run(effect, { cancelIntent })).toEqual(expected);
  });

  it('was paid in the meantime: its money is booked', async () => {
    const cancelIntent = refusal('ALREADY_SUCCEEDED');
    expect(await run(effect, { cancelIntent, getIntent: done(paid) })).toEqual({
      kind: 'intent-paid',
      intent: paid,
    });
  });

  it.each([done({ ...paid, status: 'processing' }), LOST])(
    'is asked for again when payment-service contradicts itself: %j',
    async (getIntent) => {
      expect(await run(effect, { cancelIntent: refusal('ALREADY_SUCCEEDED'), getIntent })).toMatchObject({
        kind: 'again',
      });
    },
  );

  it('is found by opening it again when nobody knows its id', async () => {
    const openIntent = done({ paymentIntentId: 'pi' });
    expect(await run(nameless, { openIntent, cancelIntent: done({}) })).toEqual({ kind: 'intent-dead' });
  });

  it.each([
    [refusal('CURRENCY_UNSUPPORTED'), { kind: 'intent-dead' }],
    [refusal('KEY_REUSED'), { kind: 'broken', code: 'KEY_REUSED' }],
    [LOST, { kind: 'again', reason: 'time-out' }],
  ])('without an id, opened again: %j: %j', async (openIntent, expected) => {
    expect(await run(nameless, { openIntent })).toEqual(expected);
  });

  it('is never opened alone', async () => {
    expect(await run(openIntentEffect(order), {})).toEqual({ kind: 'broken', code: 'NOT_STAND_ALONE' });
  });
});

describe('money that goes back', () => {
  const request = {
    refundId: 'r-1',
    paymentIntentId: 'pi',
    amountCents: 500,
    currency: 'USD',
    reason: 'ill',
  };
  const effect = refundEffect(order, request);

  it.each([
    [done({ status: 'succeeded' }), { kind: 'refunded' }],
    [done({ status: 'pending' }), { kind: 'refund-pending' }],
    [
      done({ status: 'failed', failureCode: 'CARD_CLOSED' }),
      { kind: 'refund-failed', failureCode: 'CARD_CLOSED' },
    ],
    [done({ status: 'failed', failureCode: null }), { kind: 'refund-failed', failureCode: 'UNKNOWN' }],
    [refusal('INSUFFICIENT_BALANCE'), { kind: 'balance-short' }],
    [refusal('KEY_REUSED'), { kind: 'broken', code: 'KEY_REUSED' }],
    [LOST, { kind: 'again', reason: 'time-out' }],
  ])('%j: %j', async (refund, expected) => {
    expect(await run(effect, { refund })).toEqual(expected);
  });

  it('is looked at, not sent again, once payment-service calls it pending', async () => {
    const getRefund = done({ status: 'succeeded' });
    expect(await run(effect, { getRefund }, { status: 'pending' })).toEqual({ kind: 'refunded' });
  });
});
