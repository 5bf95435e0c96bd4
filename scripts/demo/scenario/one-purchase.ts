import { money } from '../telling.js';
import { claimOnePurchase, plentifulOffer, type Section } from './section.js';

export const onePurchase: Section = {
  title: 'A buyer prices, reserves, pays and gets the tickets',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await plentifulOffer(stage);
    telling.note(
      `${offer.eventName}, 2 × ${offer.ticketName} at ${money(offer.unitPriceCents, offer.currency)}`,
    );
    const buyer = await stage.newBuyer();
    const basket = { eventId: offer.eventId, items: [{ ticketTypeId: offer.ticketTypeId, quantity: 2 }] };
    const quote = await buyer.quote(basket);
    const order = await buyer.create({ ...basket, expectedTotalCents: quote.totalCents });
    telling.claim(
      'the order costs what was quoted',
      order.totalCents === quote.totalCents,
      money(order.totalCents, order.currency),
    );
    const reserved = await buyer.reserve(order.id);
    telling.claim('the seats are held', reserved.status === 'RESERVED', reserved.status);
    const intentId = reserved.payment?.intentId ?? '';
    await sandbox.pay(intentId);
    telling.note(
      `the buyer pays ${money(order.totalCents, order.currency)} at the sandbox (intent ${intentId})`,
    );
    const done = await buyer.awaitStatus(order.id, 'COMPLETED');
    telling.claim(
      'the order is complete and has its tickets',
      done.status === 'COMPLETED' && done.tickets.length === 2,
      `${done.status}, ${done.tickets.length} ticket(s)`,
    );
    claimOnePurchase(stage, await sandbox.ledger(order.id), order.totalCents);
  },
};
