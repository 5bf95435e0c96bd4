import { anOrder, World, type GivenOrder } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(async () => {
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

async function intentOf(order: GivenOrder): Promise<unknown> {
  const { intents } = await world.ledger(order.id);
  return intents.find(({ paymentIntentId }) => paymentIntentId === order.intentId);
}

/** The order ends by a fence that gave up, the only way that its intent can still be paid; then the money comes. */
async function givenUpThenPaid(
  order: GivenOrder,
  status: 'EXPIRED' | 'CANCELLED' = 'EXPIRED',
): Promise<void> {
  await world.siblings.fault({
    service: 'payment-service',
    operation: 'cancel-intent',
    mode: 'error-before',
  });
  if (status === 'CANCELLED') await world.cancel(order.id, order.buyer);
  await world.timePasses({ minutes: 16 });
  await world.runJob('expiration');
  await world.timePasses({ minutes: 61 });
  await world.tryAgain();
  await world.tryAgain();
  expect(await world.order(order.id)).toMatchObject({ status });
  await world.siblings.pay(order.intentId);
  await world.siblings.clearFaults();
}

async function lateOutcomes(order: GivenOrder): Promise<unknown> {
  return world.rows(
    'select outcome, order_status, received_cents::int from late_payments where order_id = $1',
    [order.id],
  );
}

describe('money for an order that has expired', () => {
  it('brings the order back when its seats are still there', async () => {
    const order = await anOrder().for({ capacity: 1 }).reserved().make(world);
    await givenUpThenPaid(order);

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'recovering']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      refundedCents: 0,
      tickets: [{ status: 'ISSUED' }],
    });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_686, refundedCents: 0 });
    expect((await world.history(order.id)).slice(-2)).toEqual(['order.confirmed', 'order.completed']);
    expect(await lateOutcomes(order)).toEqual([
      { outcome: 'recovered', order_status: 'EXPIRED', received_cents: 11_686 },
    ]);
    const again = await world.confirm(order.id, order.intentId);
    expect([again.status, again.body.paymentOutcome]).toEqual([200, 'confirmed']);
  });

  it('takes the seats with the next generation', async () => {
    const order = await anOrder().reserved().make(world);
    await givenUpThenPaid(order);
    await world.confirm(order.id, order.intentId);
    await world.settle();

    const { entries } = await world.ledger(order.id);
    const reserves = entries.filter(({ operation }) => operation === 'reserve');

    expect(reserves.map(({ key, outcome }) => [key, outcome])).toEqual([
      [`reserve:${order.id}:1`, 'executed'],
      [`reserve:${order.id}:2`, 'executed'],
    ]);
  });

  it('goes back whole when the seats have gone to somebody else', async () => {
    const order = await anOrder().for({ capacity: 1 }).reserved().make(world);
    await givenUpThenPaid(order);
    await anOrder()
      .for(order.event)
      .by(await world.person())
      .completed()
      .make(world);

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'recovering']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'EXPIRED',
      refundedCents: 11_686,
      tickets: [],
    });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_686, refundedCents: 11_686 });
    expect(await lateOutcomes(order)).toMatchObject([{ outcome: 'refunding' }]);
    expect((await world.ledger()).oversold).toBe(0);
  });

  it('goes back whole when the event has been called off', async () => {
    const order = await anOrder().reserved().make(world);
    await givenUpThenPaid(order);
    await world.siblings.changeEvent(order.event.id, { status: 'CANCELLED' });
    world.forgetCatalogue(order.event);

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'refunding']);
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', refundedCents: 11_686 });
  });

  it('is settled once when it is told ten times at once', async () => {
    const order = await anOrder().reserved().make(world);
    await givenUpThenPaid(order);

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.confirm(order.id, order.intentId)),
    );
    await world.settle();

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const present = await world.order(order.id);
    expect(present).toMatchObject({ status: 'COMPLETED', refundedCents: 0, pendingRefundCents: 0 });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_686, refundedCents: 0 });
  });
});

describe('money for an order that was cancelled', () => {
  it('goes back whole and never brings it to life', async () => {
    const order = await anOrder().reserved().make(world);
    await givenUpThenPaid(order, 'CANCELLED');

    const { status, body } = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'refunding']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'CANCELLED',
      refundedCents: 11_686,
      pendingRefundCents: 0,
    });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_686, refundedCents: 11_686 });
    expect(await world.history(order.id)).toContain('payment.returned');
  });
});

describe('a second payment of a paid order', () => {
  it('goes back whole and leaves order and tickets alone', async () => {
    const order = await anOrder().completed().make(world);
    const before = await world.order(order.id);
    const second = await world.foreignIntent({ orderId: order.id, amountCents: 11_686, currency: 'USD' });
    await world.siblings.pay(second);

    const { status, body } = await world.confirm(order.id, second);
    await world.settle();

    expect([status, body.paymentOutcome]).toEqual([200, 'duplicate_refunding']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      refundedCents: 0,
      pendingRefundCents: 0,
      tickets: before.tickets,
    });
    const { intents } = await world.ledger(order.id);
    expect(intents.map(({ refundedCents }) => refundedCents)).toEqual([0, 11_686]);
    expect(await world.refunds(order.id)).toMatchObject([{ status: 'SUCCEEDED', amountCents: 11_686 }]);
  });
});

describe('money of a wrong amount', () => {
  it('is refused while the order waits, and goes back whole at its deadline', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.pay(order.intentId, { amountCents: 11_000 });

    const refused = await world.confirm(order.id, order.intentId);
    await world.timePasses({ minutes: 16 });
    await world.runJob('expiration');
    await world.settle();

    expect([refused.status, refused.body]).toMatchObject([
      409,
      {
        code: 'PAYMENT_MISMATCH',
        expected: { amountCents: 11_686, currency: 'USD' },
        actual: { amountCents: 11_000, currency: 'USD' },
      },
    ]);
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', refundedCents: 11_000 });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_000, refundedCents: 11_000 });
    expect(await world.findings(order.id)).toEqual(['payment_wrong_amount']);
    expect(
      (await world.ledger()).stock.find(
        ({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id,
      ),
    ).toMatchObject({ held: 0, sold: 0 });
  });

  it('goes back whole when the buyer cancels', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.pay(order.intentId, { amountCents: 20_000 });

    const cancelled = await world.cancel(order.id);
    await world.settle();

    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 20_000, refundedCents: 20_000 });
  });

  it('is left to an operator when it comes on top of a paid order', async () => {
    const order = await anOrder().completed().make(world);
    const second = await world.foreignIntent({ orderId: order.id, amountCents: 11_686, currency: 'EUR' });
    await world.siblings.pay(second);

    const { status, body } = await world.confirm(order.id, second);

    expect([status, body.paymentOutcome]).toEqual([200, 'under_review']);
    expect(await world.findings(order.id)).toEqual(['payment_under_review']);
  });
});

describe('a hold that ticket-service forgot', () => {
  it('is taken again with the next generation, and the tickets are issued', async () => {
    const order = await anOrder().for({ capacity: 1 }).paid().make(world);
    await world.loseHold(order.id, 1);

    await world.confirm(order.id, order.intentId);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      tickets: [{ status: 'ISSUED' }],
    });
    const { entries } = await world.ledger(order.id);
    expect(
      entries.filter(({ operation }) => operation === 'confirm').map(({ key, outcome }) => [key, outcome]),
    ).toEqual([
      [`confirm:${order.id}:1`, 'refused'],
      [`confirm:${order.id}:2`, 'executed'],
    ]);
  });

  it('revokes the order with every cent back when its seats have gone to somebody else', async () => {
    const order = await anOrder().for({ capacity: 1 }).paid().make(world);
    await world.loseHold(order.id, 1);
    await anOrder()
      .for(order.event)
      .by(await world.person())
      .completed()
      .make(world);

    await world.confirm(order.id, order.intentId);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({
      status: 'CANCELLED',
      refundedCents: 11_686,
      pendingRefundCents: 0,
      cancelReason: 'the tickets could not be issued',
    });
    expect(await intentOf(order)).toMatchObject({ amountReceivedCents: 11_686, refundedCents: 11_686 });
    expect(await world.findings(order.id)).toEqual(['paid_order_revoked']);
    expect((await world.ledger()).oversold).toBe(0);
  });
});
