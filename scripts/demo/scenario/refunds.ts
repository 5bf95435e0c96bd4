import { money } from '../telling.js';
import { buyTickets } from './bought.js';
import { ownOffer, type Section } from './section.js';

export const refunds: Section = {
  title: 'A buyer returns one ticket, and later the other two',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await ownOffer(stage, { eventName: 'An evening three friends had planned', capacity: 50 });
    const { buyer, order } = await buyTickets(stage, offer, 3);
    const itemId = order.items[0]?.id ?? '';

    const items = [{ itemId, quantity: 1 }];
    const quotedCents = await buyer.quoteRefund(order.id, items);
    const one = await buyer.refund(order.id, { items, reason: 'One of us is ill.' });
    telling.claim(
      'one of three tickets brings back what was quoted for it',
      one.status === 'SUCCEEDED' && one.amountCents === quotedCents,
      `${one.status}, ${money(one.amountCents, order.currency)} of ${money(order.totalCents, order.currency)}`,
    );
    const partly = await buyer.order(order.id);
    const issuedCount = partly.tickets.filter((ticket) => ticket.status === 'ISSUED').length;
    telling.claim(
      'the order stays complete with two tickets',
      partly.status === 'COMPLETED' && issuedCount === 2,
      `${partly.status}, ${issuedCount} valid ticket(s)`,
    );

    await buyer.refund(order.id, { reason: 'We all are ill.' });
    const whole = await buyer.awaitStatus(order.id, 'REFUNDED');
    const { intents } = await sandbox.ledger(order.id);
    const backCents = intents.reduce((sum, intent) => sum + intent.refundedCents, 0);
    telling.claim(
      'in the end every cent is back, and not one more',
      whole.status === 'REFUNDED' &&
        whole.refundedCents === order.totalCents &&
        backCents === order.totalCents,
      `${whole.status}, payment-service paid back ${backCents} of ${order.totalCents} cents`,
    );
  },
};
