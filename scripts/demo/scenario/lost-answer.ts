import { claimOnePurchase, plentifulOffer, type Section } from './section.js';

export const lostAnswer: Section = {
  title: 'payment-service does its work, and its answer is lost',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await plentifulOffer(stage);
    const buyer = await stage.newBuyer();
    const order = await buyer.create({
      eventId: offer.eventId,
      items: [{ ticketTypeId: offer.ticketTypeId, quantity: 1 }],
    });
    await sandbox.setFault({
      service: 'payment-service',
      operation: 'create-intent',
      mode: 'error-after',
      times: 1,
    });
    try {
      telling.note('the next payment intent is made, but order-service is told 500');
      const reserved = await buyer.reserve(order.id);
      telling.claim(
        'the answer was lost once',
        (await sandbox.strikesOf('create-intent')) === 1,
        'by the sandbox',
      );
      telling.claim('the reservation stands all the same', reserved.status === 'RESERVED', reserved.status);
      await sandbox.pay(reserved.payment?.intentId ?? '');
    } finally {
      await sandbox.clearFaults();
    }
    const done = await buyer.awaitStatus(order.id, 'COMPLETED');
    telling.claim('the order is complete', done.status === 'COMPLETED', done.status);
    claimOnePurchase(stage, await sandbox.ledger(order.id), order.totalCents);
  },
};
