import { aRefund, anOrder, TICKET_TYPE } from '../testing/builders.js';
import { countsIntoOrder, refundableLines } from './refund.js';

describe('what refunds have taken of the lines', () => {
  const order = anOrder();
  const itemId = order.items[0]?.id ?? '';
  const part = (units: readonly number[], unitGoodwillCents: readonly number[] = []): object => ({
    itemId,
    units,
    unitGoodwillCents,
    amountCents: 0,
  });
  const refunded = (
    status: 'PENDING' | 'SUCCEEDED' | 'FAILED',
    ...items: readonly object[]
  ): ReturnType<typeof aRefund> => ({
    ...aRefund(order, { status }),
    items: items as ReturnType<typeof aRefund>['items'],
  });

  it('is nothing at first', () => {
    expect(refundableLines(order, [])).toEqual([
      {
        itemId,
        ticketTypeId: TICKET_TYPE,
        quantity: 2,
        allocation: order.items[0]?.allocation,
        refundedUnits: [],
        pendingUnits: [],
        goodwillCents: [0, 0],
      },
    ]);
  });

  it('tells units that are back from units on their way; a failed refund frees its units', () => {
    const lines = refundableLines(order, [
      refunded('SUCCEEDED', part([0])),
      refunded('PENDING', part([1])),
      refunded('FAILED', part([0, 1])),
    ]);
    expect(lines).toMatchObject([{ refundedUnits: [0], pendingUnits: [1] }]);
  });

  it('adds goodwill unit by unit, on its way or back, and not the failed', () => {
    const lines = refundableLines(order, [
      refunded('SUCCEEDED', part([], [100, 20])),
      refunded('PENDING', part([], [3, 0])),
      refunded('FAILED', part([], [9_000, 9_000])),
      refunded('SUCCEEDED', part([1])),
    ]);
    expect(lines).toMatchObject([{ goodwillCents: [103, 20] }]);
  });

  it('is told line by line', () => {
    const [line] = order.items;
    if (line === undefined) throw new Error('the order has a line');
    const two = anOrder({ items: [line, { ...line, id: 'other', quantity: 1 }] });
    const lines = refundableLines(two, [refunded('SUCCEEDED', { ...part([0]), itemId: 'other' })]);
    expect(lines).toMatchObject([
      { itemId, refundedUnits: [], goodwillCents: [0, 0] },
      { itemId: 'other', refundedUnits: [0], goodwillCents: [0] },
    ]);
  });
});

describe('a refund', () => {
  it('counts into the order when it pays back what paid it, in its currency', () => {
    const order = { paymentIntentId: 'pi', currency: 'USD' };
    expect(countsIntoOrder(order, { paymentIntentId: 'pi', currency: 'USD' })).toBe(true);
    expect(countsIntoOrder(order, { paymentIntentId: 'second', currency: 'USD' })).toBe(false);
    expect(countsIntoOrder(order, { paymentIntentId: 'pi', currency: 'EUR' })).toBe(false);
  });
});
