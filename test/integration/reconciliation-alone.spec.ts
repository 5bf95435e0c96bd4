import { OrderWorker, ReconcileOrders } from '@app/orders';
import { ReconWorld, expected } from '../support/recon-world.js';

// The whole service starts in this process, once a test: its token strategies are global, so only the last one serves.

interface FindingRow {
  readonly kind: string;
  readonly state: string;
}

describe('siblings that have forgotten an order', () => {
  it('are found from our side: a reservation ends, a paid order is an operator’s', async () => {
    const lonely = await ReconWorld.start({ RECONCILIATION_GRACE_MS: '0' });
    try {
      const reserved = await lonely.reserved();
      const paid = await lonely.confirmed();
      await lonely.part(OrderWorker).idle();
      expected(await lonely.play('POST', '/sandbox/reset'), 200);

      await lonely.part(ReconcileOrders).recent();
      await lonely.part(ReconcileOrders).recent();

      const rows = await lonely.sql<FindingRow & { subject: string }>(
        `select kind, state, subject from reconciliation_findings where state = 'OPEN' order by kind`,
      );
      expect((await lonely.order(reserved.id)).status).toBe('EXPIRED');
      expect(rows).toEqual([
        { kind: 'books_disagree', state: 'OPEN', subject: paid.id },
        { kind: 'intent_unknown_at_payment_service', state: 'OPEN', subject: reserved.intentId },
      ]);
    } finally {
      await lonely.stop();
    }
  });
});

describe('reconciliation', () => {
  it('leaves alone what is on its way, and counts two looks at the same moment as one', async () => {
    const patient = await ReconWorld.start();
    try {
      const order = await patient.reserved();
      await patient.payUntold(order.intentId);
      await patient.sql(`update order_effects set state = 'armed' where kind = 'tickets.release'`);
      const round = (): Promise<number> => patient.part(ReconcileOrders).recent();
      await round();
      await round();
      const early = await patient.sql(`select 1 from reconciliation_findings`);
      await patient.sql(`update order_effects set created_at = now() - interval '2 minutes'`);
      await round();
      await round();
      const sightings = await patient.sql(`select sightings from reconciliation_findings`);
      await patient.sql(`update reconciliation_findings set last_seen_at = now() - interval '1 minute'`);

      expect(early).toEqual([]);
      expect(sightings).toEqual([{ sightings: 1 }]);
      expect(await round()).toBe(1);
      await patient.part(OrderWorker).idle();
      expect((await patient.order(order.id)).status).toBe('COMPLETED');
    } finally {
      await patient.stop();
    }
  });
});
