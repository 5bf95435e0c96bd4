import { Client } from 'pg';
import { reserveTickets } from './bought.js';
import { expireOrder } from './expiry.js';
import { executedCount, ownOffer, type Section, type Stage } from './section.js';

export const latePayment: Section = {
  title: 'A payment arrives after its order has expired',
  async play(stage) {
    const { telling, sandbox } = stage;
    const offer = await ownOffer(stage, { eventName: 'Paid much too late', capacity: 50 });
    const { buyer, order, intentId } = await reserveTickets(stage, offer, 2);
    await sandbox.setFault({
      service: 'payment-service',
      operation: 'cancel-intent',
      mode: 'error-before',
    });
    try {
      telling.note('payment-service cannot cancel intents now: the expiry has to wait');
      const answer = await expireOrder(stage, offer.tenantId, order.id);
      telling.claim('the seats are kept meanwhile', answer.status === 202, `${answer.status}`);
      await anHourPasses(stage, order.id);
      telling.note('… and after an hour (the demo turns the clock of this order) it waits no longer');
      const expired = await buyer.awaitStatus(order.id, 'EXPIRED');
      telling.claim(
        'the order is EXPIRED and its seats are free',
        expired.status === 'EXPIRED',
        expired.status,
      );
      await sandbox.pay(intentId);
      telling.note('now the buyer pays all the same');
      await buyer.awaitStatus(order.id, 'COMPLETED');
    } finally {
      await sandbox.clearFaults();
    }
    const statuses = await buyer.statuses(order.id);
    telling.claim(
      'the late payment is recovered: the tickets are taken again and issued',
      statuses.join(' → ') === 'PENDING → RESERVED → EXPIRED → CONFIRMED → COMPLETED',
      statuses.join(' → '),
    );
    const ledger = await sandbox.ledger(order.id);
    const holds = executedCount(ledger, 'reserve');
    const charges = executedCount(ledger, 'confirm-intent');
    telling.claim(
      'it was held twice and charged once',
      holds === 2 && charges === 1,
      `${holds} holds, ${charges} charge(s)`,
    );
  },
};

/** Moves the order's own clock: the wait for payment-service began more than FENCE_MAX_MINUTES ago. */
async function anHourPasses(stage: Stage, orderId: string): Promise<void> {
  const client = new Client({ connectionString: stage.databaseUrl });
  await client.connect();
  try {
    await client.query(
      `update orders set op_started_at = op_started_at - interval '30 days', op_due_at = now(), op_lease_until = now()
        where id = $1 and op is not null`,
      [orderId],
    );
  } finally {
    await client.end();
  }
}
