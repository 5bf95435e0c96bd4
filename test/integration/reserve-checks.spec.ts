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

describe('a reserve looks again before it takes anything', () => {
  it('and is 409 PRICE_CHANGED with both figures when the price is another one; the order stays PENDING', async () => {
    const order = await anOrder().for({ unitPriceCents: 10_000 }).make(world);
    const ticketTypeId = order.event.ticketTypes[0]?.id ?? '';
    await world.siblings.changeTicketType(ticketTypeId, { unitPriceCents: 12_000 });
    world.forgetCatalogue(order.event);

    const { status, body } = await world.reserve(order.id);

    expect([status, body]).toMatchObject([
      409,
      {
        code: 'PRICE_CHANGED',
        expected: { items: [{ ticketTypeId, unitPriceCents: 10_000 }] },
        actual: { items: [{ ticketTypeId, unitPriceCents: 12_000 }] },
      },
    ]);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: null, version: 1 });
    expect(await world.deeds(order.id)).toEqual([]);
  });

  it.each(['CANCELLED', 'POSTPONED', 'ENDED', 'SCHEDULED'])(
    'and is 422 EVENT_NOT_ON_SALE when the event is %s',
    async (eventStatus) => {
      const order = await anOrder().make(world);
      await world.siblings.changeEvent(order.event.id, { status: eventStatus });
      world.forgetCatalogue(order.event);

      const { status, body } = await world.reserve(order.id);

      expect([status, body]).toMatchObject([422, { code: 'EVENT_NOT_ON_SALE' }]);
      expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: null });
    },
  );

  it('and is 422 EVENT_NOT_ON_SALE once the sale of the event was stopped', async () => {
    const order = await anOrder().make(world);
    await world.rows(
      `insert into sale_stops (tenant_id, event_id, reason, stopped_at) values ($1, $2, 'called off', now())`,
      [order.buyer.tenantId, order.event.id],
    );

    const reserve = await world.reserve(order.id);
    const create = await world.createOrder(order.event);

    for (const { status, body } of [reserve, create])
      expect([status, body]).toMatchObject([422, { code: 'EVENT_NOT_ON_SALE' }]);
  });

  it('and is 503, naming the sibling, while event-service is away', async () => {
    const order = await anOrder().make(world);
    await world.siblings.fault({ service: 'event-service', operation: 'get-event', mode: 'error-before' });
    world.forgetCatalogue(order.event);

    const { status, body } = await world.reserve(order.id);

    expect([status, body]).toMatchObject([
      503,
      { code: 'UPSTREAM_UNAVAILABLE', upstream: 'event-service', retryable: true },
    ]);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: null });
  });
});

describe('an amount that payment-service does not take', () => {
  it('is 422, gives the seats back at once and leaves the order PENDING', async () => {
    const order = await anOrder().for({ unitPriceCents: 900_000_000_000 }).quantity(2).make(world);

    const { status, body } = await world.reserve(order.id);
    await world.settle();

    expect([status, body]).toMatchObject([422, { code: 'AMOUNT_OUT_OF_RANGE' }]);
    expect(await world.order(order.id)).toMatchObject({ status: 'PENDING', pendingAction: null });
    expect(await world.deeds(order.id)).toEqual([
      'reserve executed',
      'create-intent refused',
      'release executed',
    ]);
    expect(await world.history(order.id)).toEqual(['order.created', 'order.reserve_refused']);
  });
});

describe('a confirm while payment-service is away', () => {
  it('is 503 and can be sent again', async () => {
    const order = await anOrder().paid().make(world);
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'get-intent',
      mode: 'error-before',
      times: 1,
    });

    const first = await world.confirm(order.id, order.intentId);
    const second = await world.confirm(order.id, order.intentId);

    expect([first.status, first.body]).toMatchObject([503, { code: 'UPSTREAM_UNAVAILABLE' }]);
    expect([second.status, second.body.paymentOutcome]).toEqual([200, 'confirmed']);
  });
});
