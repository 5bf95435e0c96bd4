import { z } from 'zod';
import { reserveTickets } from './bought.js';
import { expireOrder } from './expiry.js';
import { claimOnePurchase, ownOffer, type Section } from './section.js';

const conflict = z.object({ code: z.string(), currentStatus: z.string() });
const PAID: ReadonlySet<string> = new Set(['CONFIRMED', 'COMPLETED']);

export const lastSecondPayment: Section = {
  title: 'A reservation is to expire, but its buyer has paid in the last second',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await ownOffer(stage, { eventName: 'Paid in the last second', capacity: 50 });
    const { buyer, order, intentId } = await reserveTickets(stage, offer, 1);
    await sandbox.pay(intentId, 'never');
    telling.note('the buyer has paid; order-service has not been told');

    const answer = await expireOrder(stage, offer.tenantId, order.id);
    const refused = conflict.safeParse(answer.body).data;
    telling.claim(
      'it does not expire: order-service asked payment-service first',
      answer.status === 409 && refused?.code === 'ORDER_STATE_CONFLICT' && PAID.has(refused.currentStatus),
      `${answer.status} ${refused?.code ?? ''} ${refused?.currentStatus ?? ''}`,
    );
    const done = await buyer.awaitStatus(order.id, 'COMPLETED');
    telling.claim('the buyer gets the ticket', done.status === 'COMPLETED', done.status);
    claimOnePurchase(stage, await sandbox.ledger(order.id), order.totalCents);
  },
};
