import { anOrder, World } from '../support/world/index.js';

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

async function stockOf(ticketTypeId: string | undefined): Promise<unknown> {
  const { stock } = await world.ledger();
  const row = stock.find((candidate) => candidate.ticketTypeId === ticketTypeId);
  return { held: row?.held, sold: row?.sold };
}

describe('the expiration job', () => {
  it('ends overdue PENDING orders together and touches nobody else', async () => {
    const event = await world.createEvent();
    const overdue = [];
    for (let count = 0; count < 4; count += 1) overdue.push(await anOrder().for(event).make(world));
    await world.timePasses({ minutes: 31 });
    const young = await anOrder().for(event).make(world);

    await world.runJob('expiration');

    for (const { id } of overdue) {
      expect(await world.order(id)).toMatchObject({ status: 'EXPIRED', version: 2, expiresAt: null });
      expect(await world.history(id)).toEqual(['order.created', 'order.expired']);
      expect(await world.deeds(id)).toEqual([]);
    }
    expect(await world.order(young.id)).toMatchObject({ status: 'PENDING' });
    const outbox = await world.rows(
      `select order_id from outbox where type = 'order.expired' and order_id = any ($1)`,
      [overdue.map(({ id }) => id)],
    );
    expect(outbox).toHaveLength(4);
  });

  it('gives the seats back when the reservation runs out', async () => {
    const order = await anOrder().quantity(2).reserved().make(world);
    await world.timePasses({ minutes: 16 });

    await world.runJob('expiration');
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', pendingAction: null });
    expect((await world.deeds(order.id)).slice(2)).toEqual(['cancel-intent executed', 'release executed']);
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
  });

  it('leaves a reservation alone whose time has not come', async () => {
    const order = await anOrder().reserved().make(world);
    await world.timePasses({ minutes: 14 });

    await world.runJob('expiration');

    expect(await world.order(order.id)).toMatchObject({ status: 'RESERVED' });
  });

  it('honours money that came in the last second', async () => {
    const order = await anOrder().paid().make(world);
    await world.timePasses({ minutes: 16 });

    await world.runJob('expiration');
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedCents: 0 });
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 1 });
  });

  it('expires each order once when it runs on several replicas at once', async () => {
    const orders = [await anOrder().reserved().make(world), await anOrder().pending().make(world)];
    await world.timePasses({ minutes: 31 });

    await Promise.all([1, 2, 3, 4].map(() => world.runJob('expiration')));
    await world.settle();

    for (const { id } of orders) {
      const history = await world.history(id);
      expect(history.filter((type) => type === 'order.expired')).toHaveLength(1);
    }
  });
});

describe('a payment that is being processed at the deadline', () => {
  it('gets one extension and is honoured when it succeeds', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.pay(order.intentId, { outcome: 'processing' });
    await world.timePasses({ minutes: 16 });
    await world.runJob('expiration');
    const extended = await world.order(order.id);

    expect(extended).toMatchObject({ status: 'RESERVED', pendingAction: null });
    expect(extended.expiresAt).toEqual(extended.reservationExpiresAt);
    expect(await world.history(order.id)).toEqual([
      'order.created',
      'order.reserved',
      'order.reservation_extended',
    ]);
    const [row] = await world.rows<{ minutes: number }>(
      'select round(extract(epoch from expires_at - now()) / 60)::int as minutes from orders where id = $1',
      [order.id],
    );
    expect(row?.minutes).toBe(30);

    await world.siblings.pay(order.intentId);
    await world.confirm(order.id, order.intentId);
    await world.settle();
    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('waits after its extension until the outcome is known, and keeps the seats meanwhile', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.pay(order.intentId, { outcome: 'processing' });
    await world.timePasses({ minutes: 16 });
    await world.runJob('expiration');
    await world.timePasses({ minutes: 31 });
    await world.runJob('expiration');

    expect(await world.order(order.id)).toMatchObject({ status: 'RESERVED', pendingAction: 'expire' });
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 1, sold: 0 });

    await world.siblings.pay(order.intentId, { outcome: 'fail' });
    await world.settle();
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', pendingAction: null });
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
  });
});

describe('an expiry while payment-service is away', () => {
  it('keeps the seats until it is back, and then ends', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'cancel-intent',
      mode: 'error-before',
    });
    await world.timePasses({ minutes: 16 });
    await world.runJob('expiration');
    await world.tryAgain();

    expect(await world.order(order.id)).toMatchObject({ status: 'RESERVED', pendingAction: 'expire' });
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 1, sold: 0 });

    await world.siblings.clearFaults();
    await world.settle();
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED' });
    expect(await world.findings(order.id)).toEqual([]);
  });

  it('gives up after an hour: the order ends, the seats go back, a finding says so, the cancel keeps running', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'cancel-intent',
      mode: 'error-before',
    });
    await world.timePasses({ minutes: 16 });
    await world.runJob('expiration');
    await world.timePasses({ minutes: 61 });
    await world.tryAgain();
    await world.tryAgain();

    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', pendingAction: null });
    expect(await world.findings(order.id)).toEqual(['fence_gave_up']);
    expect(await stockOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
    expect((await world.ledger(order.id)).intents).toMatchObject([{ status: 'requires_payment_method' }]);

    await world.siblings.clearFaults();
    await world.settle();
    expect((await world.ledger(order.id)).intents).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('POST /internal/v1/orders/:id/expire', () => {
  it.each(['pending', 'reserved', 'expired'] as const)('ends an order that is %s with 200', async (stage) => {
    const order = await anOrder()[stage]().make(world);

    const { status, body } = await world.expire(order.id);

    expect([status, body]).toMatchObject([200, { status: 'EXPIRED', pendingAction: null }]);
  });

  it('answers 409 with the status when the order was found paid', async () => {
    const order = await anOrder().paid().make(world);

    const { status, body } = await world.expire(order.id);
    await world.settle();

    expect([status, body]).toMatchObject([
      409,
      {
        code: 'ORDER_STATE_CONFLICT',
        currentStatus: expect.stringMatching(/^(CONFIRMED|COMPLETED)$/) as unknown,
      },
    ]);
    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('answers 202 while payment-service does not answer', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'cancel-intent',
      mode: 'error-before',
      times: 1,
    });

    const waiting = await world.expire(order.id);
    await world.settle();

    expect([waiting.status, waiting.body]).toMatchObject([202, { pendingAction: 'expire' }]);
    expect((await world.expire(order.id)).status).toBe(200);
  });

  it('is refused for a user', async () => {
    const order = await anOrder().make(world);

    const { status } = await world.buyer.post(`/internal/v1/orders/${order.id}/expire`);

    expect(status).toBe(403);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING' });
  });
});

describe('a reserve of an overdue PENDING order', () => {
  it('expires it here and now', async () => {
    const order = await anOrder().make(world);
    await world.timePasses({ minutes: 31 });

    const { status, body } = await world.reserve(order.id);

    expect([status, body]).toMatchObject([409, { code: 'ORDER_STATE_CONFLICT', currentStatus: 'EXPIRED' }]);
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED' });
    expect(await world.deeds(order.id)).toEqual([]);
  });
});
