import { aPayment, anOrder, NOW, TICKET_TYPE } from '../testing/builders.js';
import {
  cancelIntentEffect,
  confirmTicketsEffect,
  openIntentEffect,
  planned,
  refundEffect,
  releaseTicketsEffect,
  reserveTicketsEffect,
} from './catalog.js';

const order = { ...anOrder(), id: 'order-1', generation: 3 };
const intent = { orderId: 'order-1', generation: 3, amountCents: 10_000, currency: 'USD', userId: 'u' };
const ready = { generation: 3, state: 'pending', dueInMs: 0 };

describe('a call to a sibling, as it is written down before it is sent', () => {
  it('holds the seats that are wanted, until the deadline', () => {
    expect(reserveTicketsEffect(order, 'operation', NOW)).toEqual({
      ...ready,
      kind: 'tickets.reserve',
      key: 'reserve:order-1:3',
      queue: 'operation',
      request: {
        orderId: 'order-1',
        generation: 3,
        eventId: 'e',
        items: [{ ticketTypeId: TICKET_TYPE, quantity: 2 }],
        expiresAt: '2026-06-01T12:00:00.000Z',
      },
    });
    const one = reserveTicketsEffect(order, 'main', NOW, [{ ticketTypeId: TICKET_TYPE, quantity: 1 }]);
    expect(one).toMatchObject({ queue: 'main', request: { items: [{ quantity: 1 }] } });
  });

  it('opens an intent for exactly the total', () => {
    expect(openIntentEffect(order)).toEqual({
      ...ready,
      kind: 'payments.open',
      key: 'intent:order-1:3',
      queue: 'operation',
      request: intent,
    });
  });

  it('issues the tickets', () => {
    expect(confirmTicketsEffect(order)).toEqual({
      ...ready,
      kind: 'tickets.confirm',
      key: 'confirm:order-1:3',
      queue: 'main',
      request: { orderId: 'order-1', generation: 3 },
    });
  });

  it('gives everything back, at once or kept ready, for a refund under a key of its own', () => {
    expect(releaseTicketsEffect(order, { queue: 'undo:3', reason: 'undone', state: 'armed' })).toEqual({
      ...ready,
      kind: 'tickets.release',
      key: 'release:order-1:3',
      queue: 'undo:3',
      state: 'armed',
      request: { release: { orderId: 'order-1', generation: 3, reason: 'undone' }, refundId: null },
    });
    expect(
      releaseTicketsEffect(order, { queue: 'main', reason: 'refunded', refundId: 'r-1', keySuffix: 'r-1' }),
    ).toMatchObject({ key: 'release:order-1:3:r-1', state: 'pending', request: { refundId: 'r-1' } });
  });

  it('cancels an intent by its id, or by opening it again when nobody knows the id', () => {
    const known = cancelIntentEffect(order, { queue: 'operation', payment: aPayment() });
    expect(known).toEqual({
      ...ready,
      kind: 'payments.cancel',
      key: 'cancel:order-1:3',
      queue: 'operation',
      request: { paymentIntentId: 'pi', open: intent },
    });
    const unknown = cancelIntentEffect(order, { queue: 'undo:3', payment: null, state: 'armed' });
    expect(unknown).toMatchObject({ state: 'armed', request: { paymentIntentId: null } });
  });

  it('pays back under the refund’s own key, so that no refund is paid twice', () => {
    const refund = {
      refundId: 'r-1',
      paymentIntentId: 'pi',
      amountCents: 500,
      currency: 'USD',
      reason: 'ill',
    };
    expect(refundEffect(order, refund)).toEqual({
      ...ready,
      kind: 'payments.refund',
      key: 'refund:r-1',
      queue: 'main',
      request: refund,
    });
    expect(refundEffect(order, refund, 'payback').queue).toBe('payback');
  });
});

describe('the calls of an operation', () => {
  it('are found by what they do', () => {
    const open = openIntentEffect(order);
    const calls = [confirmTicketsEffect(order), open];
    expect(planned(calls, 'payments.open')).toBe(open);
    expect(planned(calls, 'payments.refund')).toBeNull();
  });
});
