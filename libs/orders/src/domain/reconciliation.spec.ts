import type { Order } from './order.js';
import {
  intentState,
  orphanOf,
  paymentState,
  ticketsState,
  type Books,
  type SeenIntent,
} from './reconciliation.js';
import type { OrderRefund } from './refund.js';
import { aPayment, aRefund, anOrder, TICKET_TYPE } from '../testing/builders.js';

function books(
  order: Order,
  refunds: readonly OrderRefund[] = [],
  underReview: readonly string[] = [],
): Books {
  return { order, refunds, underReview: new Set(underReview) };
}

function anIntent(changes: Partial<SeenIntent> = {}): SeenIntent {
  return {
    paymentIntentId: 'pi',
    status: 'succeeded',
    amountReceivedCents: 10_000,
    refundedCents: 0,
    ...changes,
  };
}

describe('an intent held against our books', () => {
  it('is kept by the order it pays, and returned once everything has gone back', () => {
    const order = anOrder();
    expect(intentState(books(order), anIntent())).toBe('kept');
    const refund = aRefund(order);
    expect(intentState(books(order, [refund]), anIntent({ refundedCents: 10_000 }))).toBe('returned');
  });

  it('counts a refund that is on its way as gone only for an order that is over', () => {
    const pending = { status: 'PENDING', settledAt: null } as const;
    const paid = anOrder();
    const over = anOrder({ status: 'CANCELLED' });
    expect(intentState(books(paid, [aRefund(paid, pending)]), anIntent())).toBe('kept');
    expect(intentState(books(over, [aRefund(over, pending)]), anIntent())).toBe('returned');
  });

  it('is returned as far as the policy pays: a cancelled order may keep the rest', () => {
    const order = anOrder({ status: 'CANCELLED' });
    const half = aRefund(order, { amountCents: 5_000 });
    expect(intentState(books(order, [half]), anIntent({ refundedCents: 5_000 }))).toBe('returned');
    expect(intentState(books(order), anIntent())).toBe('kept');
  });

  it('disagrees when more or less went back, or came in, than we know', () => {
    const order = anOrder();
    expect(intentState(books(order), anIntent({ refundedCents: 1 }))).toBe('disagrees');
    expect(intentState(books(order), anIntent({ amountReceivedCents: 9_999 }))).toBe('disagrees');
    expect(intentState(books(order), anIntent({ status: 'canceled', amountReceivedCents: 0 }))).toBe(
      'disagrees',
    );
    expect(intentState(books(order, [aRefund(order)]), anIntent({ refundedCents: 9_999 }))).toBe('disagrees');
  });

  it('is surplus when it does not pay the order and its money stays, unless an operator decides about it', () => {
    const order = anOrder({ payments: [aPayment(), aPayment({ paymentIntentId: 'second' })] });
    const second = anIntent({ paymentIntentId: 'second' });
    expect(intentState(books(order), second)).toBe('surplus');
    expect(intentState(books(order, [], ['second']), second)).toBe('dead');
    const back = aRefund(order, { paymentIntentId: 'second', kind: 'payment', items: [] });
    expect(intentState(books(order, [back]), { ...second, refundedCents: 10_000 })).toBe('dead');
  });

  it('is loose when it can be paid and nobody waits for it', () => {
    const open = { status: 'requires_payment_method', amountReceivedCents: 0 } as const;
    const reserved = anOrder({
      status: 'RESERVED',
      payments: [aPayment({ status: 'open', receivedCents: 0 })],
    });
    expect(intentState(books(reserved), anIntent(open))).toBe('open');
    expect(intentState(books(reserved), anIntent({ ...open, paymentIntentId: 'other' }))).toBe('loose');
  });
});

describe('an order by all its intents', () => {
  it('puts money that is not booked before everything else', () => {
    const order = anOrder();
    const states = [anIntent(), anIntent({ paymentIntentId: 'stranger' })];
    expect(paymentState(books(order), states)).toBe('unbooked');
  });

  it('disagrees when payment-service does not know money that we have booked', () => {
    expect(paymentState(books(anOrder()), [])).toBe('disagrees');
  });

  it('is free when it costs nothing, and has no payment when there is none', () => {
    const free = anOrder({ totalCents: 0, paymentIntentId: null, payments: [] });
    const lost = anOrder({ status: 'RESERVED', payments: [] });
    expect(paymentState(books(free), [])).toBe('free');
    expect(paymentState(books(lost), [])).toBe('none');
  });
});

describe('an order by its current intent', () => {
  const canceled = anIntent({ status: 'canceled', amountReceivedCents: 0 });

  it('is what that intent is, whatever harmless others there are', () => {
    const order = anOrder();
    expect(paymentState(books(order), [anIntent({ ...canceled, paymentIntentId: 'old' }), anIntent()])).toBe(
      'kept',
    );
  });

  it('is dead when it waits for none and every one is canceled', () => {
    const pending = anOrder({ status: 'PENDING', paymentIntentId: null, payments: [] });
    expect(paymentState(books(pending), [canceled])).toBe('dead');
    expect(paymentState(books(pending), [])).toBe('none');
    const reserved = anOrder({ status: 'RESERVED', paymentIntentId: 'lost', payments: [] });
    expect(paymentState(books(reserved), [canceled])).toBe('none');
  });

  it.each([
    ['disagrees', 'loose'],
    ['loose', 'surplus'],
  ])('is %s before it is %s', (first, second) => {
    const order = anOrder({ payments: [aPayment(), aPayment({ paymentIntentId: 'second' })] });
    const seen: Readonly<Record<string, SeenIntent>> = {
      disagrees: anIntent({ refundedCents: 1 }),
      loose: anIntent({ paymentIntentId: 'third', status: 'processing', amountReceivedCents: 0 }),
      surplus: anIntent({ paymentIntentId: 'second' }),
    };
    const intents = [seen[second], seen[first]].flatMap((intent) => intent ?? []);
    expect(paymentState(books({ ...order, payments: order.payments.slice(0, 2) }), intents)).toBe(first);
  });

  it('has every booked payment at payment-service, unless nothing came in by it', () => {
    const unpaid = aPayment({ paymentIntentId: 'unpaid', status: 'canceled', receivedCents: 0 });
    expect(paymentState(books(anOrder({ payments: [aPayment(), unpaid] })), [anIntent()])).toBe('kept');
    const missing = aPayment({ paymentIntentId: 'missing', receivedCents: 1 });
    expect(paymentState(books(anOrder({ payments: [aPayment(), missing] })), [anIntent()])).toBe('disagrees');
  });
});

describe('tickets held against our books', () => {
  const seen = (
    status: 'HELD' | 'ISSUED' | 'RELEASED' | 'EXPIRED',
    ...items: readonly (readonly [string, number])[]
  ): Parameters<typeof ticketsState>[1] => ({
    generation: 1,
    status,
    items: items.map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity })),
  });

  it('are held or issued as ticket-service says, its ids in any case', () => {
    const reserved = books(anOrder({ status: 'RESERVED' }));
    expect(ticketsState(reserved, seen('HELD', [TICKET_TYPE.toUpperCase(), 2]))).toBe('held');
    expect(ticketsState(reserved, seen('ISSUED', [TICKET_TYPE, 2]))).toBe('issued');
    expect(ticketsState(reserved, seen('RELEASED'))).toBe('gone');
    expect(ticketsState(reserved, seen('EXPIRED'))).toBe('gone');
  });

  it('differ when a line is missing or strange, as long as the order waits for them', () => {
    const strange = seen('HELD', [TICKET_TYPE, 2], ['other', 1]);
    for (const status of ['RESERVED', 'CONFIRMED', 'COMPLETED'] as const) {
      expect(ticketsState(books(anOrder({ status })), strange)).toBe('differs');
      expect(ticketsState(books(anOrder({ status })), seen('HELD'))).toBe('differs');
    }
    expect(ticketsState(books(anOrder({ status: 'CANCELLED' })), strange)).toBe('held');
  });

  const issued = (quantity: number): Parameters<typeof ticketsState>[1] => ({
    generation: 1,
    status: 'ISSUED',
    items: [{ ticketTypeId: TICKET_TYPE, quantity }],
  });

  it('fit when they are as many as were bought, less those that were paid back', () => {
    const order = anOrder();
    const [item] = order.items;
    const one = aRefund(order, {
      amountCents: 5_000,
      items: [{ itemId: item?.id ?? '', units: [1], unitGoodwillCents: [], amountCents: 5_000 }],
    });
    expect(ticketsState(books(order), issued(2))).toBe('issued');
    expect(ticketsState(books(order), issued(1))).toBe('differs');
    expect(ticketsState(books(order, [one]), issued(1))).toBe('issued');
    expect(ticketsState(books(order, [one]), issued(2))).toBe('differs');
  });

  it('may be there or not while a refund is on its way', () => {
    const order = anOrder();
    const pending = aRefund(order, { status: 'PENDING' });
    expect(ticketsState(books(order, [pending]), issued(2))).toBe('issued');
    expect(ticketsState(books(order, [pending]), { generation: 1, status: 'RELEASED', items: [] })).toBe(
      'waived',
    );
  });

  it('are not owed any more after a refund that failed: they are void', () => {
    const order = anOrder();
    const failed = aRefund(order, { status: 'FAILED', failureCode: 'x' });
    expect(ticketsState(books(order, [failed]), null)).toBe('waived');
    expect(ticketsState(books(order), null)).toBe('none');
  });
});

describe('an intent without an order', () => {
  it('is over once its money is back', () => {
    expect(orphanOf(anIntent())).toBe('intent-paid');
    expect(orphanOf(anIntent({ refundedCents: 10_000 }))).toBe('intent-over');
    expect(orphanOf(anIntent({ status: 'canceled', amountReceivedCents: 0 }))).toBe('intent-over');
    expect(orphanOf(anIntent({ refundedCents: 9_999 }))).toBe('intent-paid');
    expect(orphanOf(anIntent({ status: 'processing', amountReceivedCents: 0 }))).toBe('intent-open');
  });
});
