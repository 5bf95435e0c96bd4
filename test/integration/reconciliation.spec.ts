import { randomUUID } from 'node:crypto';
import { OrderWorker, ReconcileOrders } from '@app/orders';
import { eventually } from '../support/eventually.js';
import {
  ADMIN,
  BUYER,
  PAYMENT_SERVICE,
  ReconWorld,
  expected,
  type OrderView,
} from '../support/recon-world.js';

// The whole service starts in this process, beside other suites.

let world: ReconWorld;

beforeAll(async () => {
  world = await ReconWorld.start({ RECONCILIATION_GRACE_MS: '0' });
});

afterEach(async () => {
  await world.play('DELETE', '/sandbox/faults');
  await world.play('PUT', '/sandbox/settings', { refundOutcome: 'succeed' });
});

afterAll(() => world.stop());

async function settled(): Promise<void> {
  await world.part(OrderWorker).idle();
}

async function round(): Promise<void> {
  await settled();
  await world.part(ReconcileOrders).recent();
  await settled();
}

async function rounds(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await round();
}

interface FindingRow {
  readonly kind: string;
  readonly state: string;
}

function findingsOf(subject: string): Promise<FindingRow[]> {
  return world.sql<FindingRow>(
    `select kind, state from reconciliation_findings where subject = $1 order by kind`,
    [subject],
  );
}

async function statusAfterRounds(order: { readonly id: string }, count: number): Promise<string> {
  await rounds(count);
  return (await world.order(order.id)).status;
}

async function auditTypes(orderId: string): Promise<readonly string[]> {
  const rows = await world.sql<{ type: string }>(`select type from order_events where order_id = $1`, [
    orderId,
  ]);
  return rows.map((row) => row.type);
}

async function completed(): Promise<OrderView & { readonly intentId: string }> {
  const order = await world.confirmed();
  await eventually(
    'the order is completed',
    async () => (await world.order(order.id)).status === 'COMPLETED',
  );
  return order;
}

/** Runs the order's effects as the worker does, until its refund has come to this. */
async function refundOf(order: { readonly id: string }, status: 'SUCCEEDED' | 'FAILED'): Promise<void> {
  await eventually(`the refund is ${status}`, async () => {
    await world.sql(`update order_effects set due_at = now() where order_id = $1 and state = 'pending'`, [
      order.id,
    ]);
    await world.part(OrderWorker).runDue(100);
    const rows = await world.sql(`select 1 from order_refunds where order_id = $1 and status = $2`, [
      order.id,
      status,
    ]);
    return rows.length > 0;
  });
}

/** A second intent for the order, opened at payment-service behind our back. */
async function strangeIntent(order: OrderView, orderId: string = order.id): Promise<string> {
  const answer = await world.play<{ paymentIntentId: string }>('POST', '/internal/payment-intents', {
    orderId,
    generation: 7,
    amountCents: order.totalCents,
    currency: 'USD',
    userId: 'u',
  });
  return expected(answer, 201).paymentIntentId;
}

function hold(order: OrderView, orderId: string = order.id): Promise<{ readonly status: number }> {
  return world.play('POST', '/internal/tickets/reserve', {
    orderId,
    generation: 7,
    eventId: order.eventId,
    items: order.items.map(({ ticketTypeId, quantity }) => ({ ticketTypeId, quantity })),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
}

describe('a payment that nobody told us of', () => {
  it('confirms the reserved order, at its second sighting and not before', async () => {
    const order = await world.reserved();
    await world.payUntold(order.intentId);

    expect(await statusAfterRounds(order, 1)).toBe('RESERVED');
    expect(await findingsOf(order.id)).toEqual([{ kind: 'payment_not_settled', state: 'SEEN_ONCE' }]);
    expect(await statusAfterRounds(order, 1)).toBe('COMPLETED');

    expect(await auditTypes(order.id)).toContain('order.reconciled');
    await round();
    expect(await findingsOf(order.id)).toEqual([{ kind: 'payment_not_settled', state: 'RESOLVED' }]);
  });

  it('is forgotten when it mends itself between two rounds', async () => {
    const order = await world.reserved();
    await world.payUntold(order.intentId);
    await round();
    const path = `/internal/v1/orders/${order.id}/confirm`;
    expected(
      await world.ask(PAYMENT_SERVICE, 'POST', path, { body: { paymentIntentId: order.intentId } }),
      200,
    );

    await rounds(2);

    expect(await findingsOf(order.id)).toEqual([]);
    expect(await auditTypes(order.id)).not.toContain('order.reconciled');
  });

  it('goes back when the order was cancelled', async () => {
    const order = await world.reserved();
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/cancel`), 200);
    const intentId = await strangeIntent(order);
    await world.payUntold(intentId);

    await rounds(2);
    await refundOf(order, 'SUCCEEDED');

    const { intents } = await world.ledger(order.id);
    expect(intents.find((intent) => intent.paymentIntentId === intentId)?.refundedCents).toBe(
      order.totalCents,
    );
    expect((await world.order(order.id)).status).toBe('CANCELLED');
  });

  it('goes back when the order is paid already, and leaves its tickets', async () => {
    const order = await completed();
    const intentId = await strangeIntent(order);
    await world.payUntold(intentId);

    await rounds(2);

    const refunds = await world.sql(
      `select payment_intent_id, amount_cents::int as amount from order_refunds where order_id = $1`,
      [order.id],
    );
    expect(refunds).toEqual([{ payment_intent_id: intentId, amount: order.totalCents }]);
    expect((await world.order(order.id)).status).toBe('COMPLETED');
  });

  it('stays with its fence when the amount is wrong, and an operator sees it', async () => {
    const order = await world.reserved();
    await world.payUntold(order.intentId, order.totalCents - 1);

    expect(await statusAfterRounds(order, 2)).toBe('RESERVED');

    expect(await findingsOf(order.intentId)).toEqual([{ kind: 'payment_wrong_amount', state: 'OPEN' }]);
  });
});

describe('a reservation that cannot be paid', () => {
  it('ends when its seats are gone at ticket-service', async () => {
    const order = await world.reserved();
    const release = { orderId: order.id, generation: 1, reason: 'test' };
    expected(await world.play('POST', '/internal/tickets/release', release), 200);

    expect(await statusAfterRounds(order, 2)).toBe('EXPIRED');

    const { intents } = await world.ledger(order.id);
    expect(intents.map((intent) => intent.status)).toEqual(['canceled']);
  });

  it('ends when its intent is dead at payment-service, and gives its seats back', async () => {
    const order = await world.reserved();
    expected(await world.play('POST', `/internal/payment-intents/${order.intentId}/cancel`, {}), 200);

    expect(await statusAfterRounds(order, 2)).toBe('EXPIRED');

    const { stock } = await world.ledger(order.id);
    const [item] = order.items;
    expect(stock.find((row) => row.ticketTypeId === item?.ticketTypeId)).toMatchObject({ held: 0 });
  });
});

describe('tickets', () => {
  it('are issued when the effect that should have done it was lost', async () => {
    await world.play('PUT', '/sandbox/faults', {
      service: 'ticket-service',
      operation: 'confirm',
      mode: 'error-before',
    });
    const order = await world.confirmed();
    await settled();
    await world.sql(
      `update order_effects set state = 'superseded' where order_id = $1 and state = 'pending'`,
      [order.id],
    );
    await world.play('DELETE', '/sandbox/faults');

    expect(await statusAfterRounds(order, 1)).toBe('CONFIRMED');
    expect(await statusAfterRounds(order, 1)).toBe('COMPLETED');
  });

  it('are taken again when ticket-service lost the hold of a paid order', async () => {
    await world.play('PUT', '/sandbox/faults', {
      service: 'ticket-service',
      operation: 'confirm',
      mode: 'error-before',
    });
    const order = await world.confirmed();
    await settled();
    await world.sql(
      `update order_effects set state = 'superseded' where order_id = $1 and state = 'pending'`,
      [order.id],
    );
    await world.play('DELETE', '/sandbox/faults');
    const release = { orderId: order.id, generation: 1, reason: 'test' };
    expected(await world.play('POST', '/internal/tickets/release', release), 200);

    expect(await statusAfterRounds(order, 2)).toBe('COMPLETED');
  });

  it('are released when they are held for an order that is over', async () => {
    const order = await world.reserved();
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/cancel`), 200);
    await settled();
    expect((await hold(order)).status).toBe(200);

    await rounds(2);

    const { stock } = await world.ledger(order.id);
    const [item] = order.items;
    expect(stock.find((row) => row.ticketTypeId === item?.ticketTypeId)).toMatchObject({ held: 0, sold: 0 });
  });

  it('that are missing, differ or were issued unpaid are an operator’s, at the second sighting', async () => {
    const missing = await completed();
    const release = { orderId: missing.id, generation: 1, reason: 'test' };
    expected(await world.play('POST', '/internal/tickets/release', release), 200);
    const differing = await completed();
    const items = differing.items.map(({ ticketTypeId }) => ({ ticketTypeId, quantity: 1 }));
    expected(
      await world.play('POST', '/internal/tickets/release', {
        orderId: differing.id,
        generation: 1,
        reason: 'test',
        items,
      }),
      200,
    );
    const unpaid = await world.reserved();
    const confirm = { orderId: unpaid.id, generation: 1 };
    expected(await world.play('POST', '/internal/tickets/confirm', confirm), 200);

    await round();
    expect(await findingsOf(missing.id)).toEqual([{ kind: 'tickets_missing', state: 'SEEN_ONCE' }]);
    await round();

    expect(await findingsOf(missing.id)).toEqual([{ kind: 'tickets_missing', state: 'OPEN' }]);
    expect(await findingsOf(differing.id)).toEqual([{ kind: 'tickets_differ', state: 'OPEN' }]);
    expect(await findingsOf(unpaid.id)).toEqual([{ kind: 'tickets_issued_unpaid', state: 'OPEN' }]);
    expect((await world.order(unpaid.id)).status).toBe('RESERVED');
  });
});

describe('money', () => {
  it('cannot be paid on an intent that no order waits for: it is canceled', async () => {
    const order = await completed();
    const intentId = await strangeIntent(order);

    await rounds(2);

    const { intents } = await world.ledger(order.id);
    expect(intents.find((intent) => intent.paymentIntentId === intentId)?.status).toBe('canceled');
  });

  it('that went back without us is an operator’s', async () => {
    const order = await completed();
    const refund = {
      refundId: randomUUID(),
      paymentIntentId: order.intentId,
      amountCents: 100,
      currency: 'USD',
      reason: 'by hand',
    };
    expected(await world.play('POST', '/internal/refunds', refund), 201);
    await eventually('the refund has settled', async () => {
      const { intents } = await world.ledger(order.id);
      return intents.some((intent) => intent.refundedCents === 100);
    });

    await rounds(2);

    expect(await findingsOf(order.id)).toEqual([{ kind: 'books_disagree', state: 'OPEN' }]);
  });

  it('that a cancelled order keeps because its refund failed is an operator’s', async () => {
    await world.play('PUT', '/sandbox/settings', { refundOutcome: 'fail' });
    await world.play('PUT', '/sandbox/faults', {
      service: 'ticket-service',
      operation: 'confirm',
      mode: 'error-before',
    });
    const order = await world.confirmed();
    await settled();
    await world.sql(
      `update order_effects set state = 'superseded' where order_id = $1 and state = 'pending'`,
      [order.id],
    );
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/cancel`), 200);
    await refundOf(order, 'FAILED');

    await rounds(2);

    expect(await findingsOf(order.id)).toEqual([{ kind: 'money_kept', state: 'OPEN' }]);
  });

  it('of a refund that failed leaves a completed order with nothing but that finding', async () => {
    await world.play('PUT', '/sandbox/settings', { refundOutcome: 'fail' });
    const order = await completed();
    const wish = { body: { reason: 'ill' } };
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/refund`, wish), 202);
    await refundOf(order, 'FAILED');

    await rounds(2);

    const open = await world.sql(
      `select kind from reconciliation_findings where order_id = $1 and state <> 'RESOLVED'`,
      [order.id],
    );
    expect(open).toEqual([{ kind: 'refund_failed' }]);
  });
});

describe('what has no order of ours', () => {
  it('is shown to an operator, once', async () => {
    const like = await world.pending();
    const orderId = randomUUID();
    const openIntent = await strangeIntent(like, orderId);
    const paidIntent = await strangeIntent(like, randomUUID());
    await world.payUntold(paidIntent);
    expect((await hold(like, orderId)).status).toBe(200);

    await rounds(3);

    expect(await findingsOf(openIntent)).toEqual([{ kind: 'intent_without_order', state: 'OPEN' }]);
    expect(await findingsOf(paidIntent)).toEqual([{ kind: 'payment_without_order', state: 'OPEN' }]);
    expect(await findingsOf(orderId)).toEqual([{ kind: 'tickets_without_order', state: 'OPEN' }]);
  });
});

describe('healthy orders', () => {
  it('leave no finding in any status', async () => {
    const orders = [await world.pending(), await world.reserved(), await completed()];
    const cancelled = await world.reserved();
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${cancelled.id}/cancel`), 200);
    const expired = await world.reserved();
    const path = `/internal/v1/orders/${expired.id}/expire`;
    expected(await world.ask(PAYMENT_SERVICE, 'POST', path, { body: { reason: 'test' } }), 200);
    const refunded = await completed();
    const wish = { body: { reason: 'ill' } };
    expected(await world.ask(ADMIN, 'POST', `/api/v1/orders/${refunded.id}/refund`, wish), 202);
    await refundOf(refunded, 'SUCCEEDED');

    await rounds(2);
    await world.part(ReconcileOrders).lastDay();

    for (const order of [...orders, cancelled, expired, refunded])
      expect(await findingsOf(order.id)).toEqual([]);
  });
});

describe('reconciliation itself', () => {
  it('concludes nothing when a sibling is silent', async () => {
    const order = await world.reserved();
    await world.payUntold(order.intentId);
    await world.play('PUT', '/sandbox/faults', {
      service: 'payment-service',
      operation: 'get-intent',
      mode: 'error-before',
    });

    await expect(world.part(ReconcileOrders).recent()).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });

    expect(await findingsOf(order.id)).toEqual([]);
  });
});
