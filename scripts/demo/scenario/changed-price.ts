import { codeOf } from '../order-client.js';
import { money } from '../telling.js';
import { plentifulOffer, type Section } from './section.js';

export const changedPrice: Section = {
  title: 'Somebody sends a price of their own',
  async play(stage) {
    const offer = await plentifulOffer(stage);
    const buyer = await stage.newBuyer();
    stage.telling.note(
      `the page said ${money(offer.unitPriceCents, offer.currency)}, the request says ${money(1, offer.currency)}`,
    );
    const answer = await buyer.tryToCreate({
      eventId: offer.eventId,
      items: [{ ticketTypeId: offer.ticketTypeId, quantity: 1, unitPriceCents: 1 }],
    });
    const code = codeOf(answer);
    stage.telling.claim(
      'it is refused, because the server prices',
      answer.status === 409 && code === 'PRICE_CHANGED',
      `${answer.status} ${code}`,
    );
    const orders = await buyer.orderCount();
    stage.telling.claim('no order came of it', orders === 0, `${orders} order(s)`);
  },
};
