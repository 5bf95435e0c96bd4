import {
  PAYMENT_FACTS,
  PAYMENT_OUTCOMES,
  paymentFact,
  type PaymentFact,
} from '../../libs/orders/src/domain/payment-outcomes.js';
import { ORDER_STATUSES, type OrderStatus } from '../../libs/orders/src/domain/state-machine.js';

const PAIRS = PAYMENT_FACTS.flatMap((fact) => ORDER_STATUSES.map((status) => [fact, status] as const));

describe('what money means for an order', () => {
  it.each(PAIRS)('%s while %s is decided', (fact, status) => {
    expect(PAYMENT_OUTCOMES[fact][status]).toEqual(expect.any(String));
  });

  it('confirms in one case only: the right money for an order that waits for it', () => {
    expect(PAIRS.filter(([fact, status]) => PAYMENT_OUTCOMES[fact][status] === 'confirm')).toEqual([
      ['paid', 'RESERVED'],
    ]);
  });

  it('is called a mismatch only while the order still waits, so that nothing paid is ever left lying', () => {
    const statuses = PAIRS.filter(([fact, status]) => PAYMENT_OUTCOMES[fact][status] === 'mismatch').map(
      ([, status]) => status,
    );

    expect(new Set(statuses)).toEqual(new Set(['RESERVED']));
  });

  it('never stays with us when the order has ended unpaid', () => {
    const kept = PAIRS.filter(
      ([fact, status]) =>
        (status === 'CANCELLED' || status === 'EXPIRED') &&
        !['refund', 'late', 'hold'].includes(PAYMENT_OUTCOMES[fact][status]),
    );

    expect(kept).toEqual([]);
  });

  it('brings only an EXPIRED order back', () => {
    expect(PAIRS.filter(([fact, status]) => PAYMENT_OUTCOMES[fact][status] === 'late')).toEqual([
      ['paid', 'EXPIRED'],
    ]);
  });

  it('is known only where this very payment has paid the order', () => {
    const known: readonly (readonly [PaymentFact, OrderStatus])[] = PAIRS.filter(
      ([fact, status]) => PAYMENT_OUTCOMES[fact][status] === 'known',
    );

    expect(known).toEqual([
      ['paid', 'CONFIRMED'],
      ['paid', 'COMPLETED'],
      ['paid', 'REFUNDED'],
    ]);
  });
});

describe('an intent held against its order', () => {
  const order = { paymentIntentId: 'pi_1', totalCents: 11_686, currency: 'USD' };
  const intent = { paymentIntentId: 'pi_1', amountReceivedCents: 11_686, currency: 'USD' };

  it.each([
    ['paid', intent],
    ['paid-other', { ...intent, paymentIntentId: 'pi_2' }],
    ['paid-other', { ...intent, paymentIntentId: 'pi_2', amountReceivedCents: 1 }],
    ['paid-wrong-amount', { ...intent, amountReceivedCents: 11_685 }],
    ['paid-wrong-amount', { ...intent, amountReceivedCents: 11_687 }],
    ['paid-wrong-currency', { ...intent, currency: 'EUR' }],
    ['paid-wrong-currency', { ...intent, paymentIntentId: 'pi_2', currency: 'EUR' }],
  ] as const)('is %s', (fact, given) => {
    expect(paymentFact(order, given)).toBe(fact);
  });

  it('is another one while the order has none', () => {
    expect(paymentFact({ ...order, paymentIntentId: null }, intent)).toBe('paid-other');
  });
});
