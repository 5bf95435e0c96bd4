import { isUuid } from '@app/kernel';
import { newOrderFacts, NOW, TICKET_TYPE } from '../testing/builders.js';
import { newOrder } from './new-order.js';

describe('an order that has just been born', () => {
  it('is PENDING, version 1, with its first event counted and a deadline', () => {
    expect(newOrder(newOrderFacts({ pendingTtlMs: 90_000 }))).toMatchObject({
      status: 'PENDING',
      version: 1,
      eventSequence: 1,
      auditSequence: 1,
      createdAt: NOW,
      updatedAt: NOW,
      expiresAt: new Date('2026-06-01T12:01:30Z'),
    });
  });

  it('has had nothing happen to it', () => {
    expect(newOrder(newOrderFacts())).toMatchObject({
      refundedCents: 0,
      pendingRefundCents: 0,
      generation: 0,
      generationOpen: false,
      opFence: 0,
      op: null,
      paymentIntentId: null,
      processingExtended: false,
      fenceGaveUp: false,
      disputed: false,
      tickets: [],
      payments: [],
    });
  });

  it('costs what was priced, line by line', () => {
    const facts = newOrderFacts();
    const { items, ...order } = newOrder({
      ...facts,
      price: {
        ...facts.price,
        currency: 'EUR',
        subtotalCents: 10_000,
        discountCents: 1_000,
        platformFeeCents: 450,
        processingFeeCents: 291,
        taxCents: 779,
        totalCents: 10_520,
      },
    });
    expect(order).toMatchObject({
      currency: 'EUR',
      subtotalCents: 10_000,
      discountCents: 1_000,
      platformFeeCents: 450,
      processingFeeCents: 291,
      taxCents: 779,
      totalCents: 10_520,
    });
    expect(items.map(({ id: _id, ...item }) => item)).toEqual([
      {
        position: 0,
        ticketTypeId: TICKET_TYPE,
        name: 'Stalls',
        quantity: 2,
        unitPriceCents: 5_000,
        totalPriceCents: 10_000,
        refundedQuantity: 0,
        allocation: facts.price.lines[0]?.allocation,
      },
    ]);
  });

  it('has ids that tell when it was made, all different', () => {
    const order = newOrder(newOrderFacts());
    const ids = [order.id, ...order.items.map((item) => item.id)];
    expect(ids.every(isUuid)).toBe(true);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(NOW.getTime());
  });

  it('shows no name where the ticket type has none', () => {
    expect(newOrder(newOrderFacts({ names: new Map() })).items).toMatchObject([{ name: '' }]);
  });

  it('remembers the event as it was sold, its purchase limit included', () => {
    const event = { id: 'e', name: 'Concert', startsAt: '2026-12-01T20:00:00Z', purchaseLimitPerBuyer: 4 };
    expect(newOrder(newOrderFacts({ event }))).toMatchObject({
      eventId: 'e',
      eventName: 'Concert',
      eventStartsAt: new Date('2026-12-01T20:00:00Z'),
      purchaseLimit: 4,
    });
  });
});
