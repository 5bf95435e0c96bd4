import { AppError } from '@app/kernel';
import { Database, type TransactionScope } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { aKey, anOrder, World, type Answer, type OrderView, type TestEvent } from '../support/world/index.js';

let world: World;
let event: TestEvent;

beforeAll(async () => {
  world = await World.start();
  event = await world.createEvent({ capacity: 1_000 });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

async function ordersOf(userId: string): Promise<number> {
  const [row] = await world.rows<{ count: number }>(
    'select count(*)::int as count from orders where user_id = $1',
    [userId],
  );
  return row?.count ?? 0;
}

function isReplayed(answer: Answer<unknown>): boolean {
  return answer.headers.get('idempotency-replayed') === 'true';
}

/** The same status, body and headers, byte for byte. */
function expectReplayOf(first: Answer<unknown>, second: Answer<unknown>): void {
  expect(isReplayed(first)).toBe(false);
  expect(isReplayed(second)).toBe(true);
  for (const name of ['location', 'etag', 'content-type'])
    expect([name, second.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  expect([second.status, second.text]).toEqual([first.status, first.text]);
}

/** The transaction that fits commits, but its caller hears that the connection was lost. */
function loseCommitReplies(fits: (scope: TransactionScope) => boolean): void {
  const database = world.get(Database);
  const real = database.transaction.bind(database);
  jest.spyOn(database, 'transaction').mockImplementation(async (scope, work) => {
    const result = await real(scope, work);
    if (fits(scope)) throw new AppError('UPSTREAM_UNAVAILABLE', { upstream: 'database' });
    return result;
  });
}

describe('one key for one create', () => {
  it('makes one order of twenty posts at once, and every answer is that order or "in use"', async () => {
    const buyer = await world.person();
    const key = aKey();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.createOrder(event, {}, buyer, { key })),
    );
    const settled = await world.createOrder(event, {}, buyer, { key });

    expect(settled.status).toBe(201);
    for (const answer of answers) {
      if (answer.status === 201) expect(answer.text).toBe(settled.text);
      else expect([answer.status, answer.body]).toMatchObject([409, { code: 'IDEMPOTENCY_KEY_IN_USE' }]);
    }
    expect(answers.filter((answer) => answer.status === 201 && !isReplayed(answer))).toHaveLength(1);
    expect(await ordersOf(buyer.id)).toBe(1);
  });

  it('replays the answer byte for byte, with Location and ETag', async () => {
    const key = aKey();

    const first = await world.createOrder(event, { metadata: { note: 'für Zoë' } }, world.buyer, { key });
    const second = await world.createOrder(event, { metadata: { note: 'für Zoë' } }, world.buyer, { key });

    expectReplayOf(first, second);
    expect(first.headers.get('location')).toBe(`/api/v1/orders/${first.body.id}`);
    expect(first.headers.get('etag')).toBe('"v1"');
  });

  it('recognises the request when its members come in another order and the key in quotes', async () => {
    const key = aKey();
    const [type] = event.ticketTypes;
    const items = [{ ticketTypeId: type?.id, quantity: 1 }];

    const first = await world.buyer.post('/api/v1/orders', { eventId: event.id, items }, { key });
    const second = await world.buyer.post(
      '/api/v1/orders',
      { items: [{ quantity: 1, ticketTypeId: type?.id }], eventId: event.id },
      { key: `"${key}"` },
    );

    expectReplayOf(first, second);
  });

  it('is refused for another body', async () => {
    const buyer = await world.person();
    const key = aKey();
    await world.createOrder(event, { quantity: 1 }, buyer, { key });

    const other = await world.createOrder(event, { quantity: 2 }, buyer, { key });

    expect([other.status, other.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await ordersOf(buyer.id)).toBe(1);
  });

  it('is refused on another path instead of answering 201 and doing nothing', async () => {
    const key = aKey();
    const created = await world.createOrder(event, {}, world.buyer, { key });

    const cancel = await world.cancel(created.body.id, world.buyer, {}, { key });

    expect([cancel.status, cancel.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await world.order(created.body.id)).toMatchObject({ status: 'PENDING' });
  });

  it('belongs to its user: somebody else may use the same one', async () => {
    const [anna, ben, stranger] = await Promise.all([
      world.person(),
      world.person(),
      world.person({ tenantId: aKey() }),
    ]);
    const theirs = await world.createEvent({ tenantId: stranger.tenantId });
    const key = aKey();

    const answers = await Promise.all([
      world.createOrder(event, {}, anna, { key }),
      world.createOrder(event, {}, ben, { key }),
      world.createOrder(theirs, {}, stranger, { key }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
  });

  it('is free again after a 503', async () => {
    const key = aKey();
    const fresh = await world.createEvent();
    await world.siblings.fault({
      service: 'event-service',
      operation: 'get-event',
      mode: 'error-before',
      times: 1,
    });

    const failed = await world.createOrder(fresh, {}, world.buyer, { key });
    const again = await world.createOrder(fresh, {}, world.buyer, { key });

    expect([failed.status, again.status, isReplayed(again)]).toEqual([503, 201, false]);
  });

  it('never makes a second order when the answer of the commit was lost', async () => {
    const buyer = await world.person();
    const key = aKey();
    loseCommitReplies((scope) => scope.orderNumberCount === 1);

    const first = await world.createOrder(event, {}, buyer, { key });
    jest.restoreAllMocks();
    const second = await world.createOrder(event, {}, buyer, { key });

    expect([201, 503]).toContain(first.status);
    expect([second.status, isReplayed(second)]).toEqual([201, true]);
    expect(await ordersOf(buyer.id)).toBe(1);
  });

  it.each([
    ['was pruned', (): Promise<unknown> => world.rows('delete from idempotency_keys')],
    ['is over', (): Promise<unknown> => world.timePasses({ minutes: 25 * 60 })],
  ])('cannot make a second order once its row %s', async (_name, forget) => {
    const buyer = await world.person();
    const key = aKey();
    await world.createOrder(event, {}, buyer, { key });
    await forget();

    const again = await world.createOrder(event, {}, buyer, { key });

    expect([again.status, again.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await ordersOf(buyer.id)).toBe(1);
  });

  it('shows a user whose token ended 401, not the stored answer', async () => {
    const buyer = await world.person();
    const revoked = await world.person({ sub: buyer.id, ttlSeconds: -3_600 });
    const key = aKey();
    await world.createOrder(event, {}, buyer, { key });

    const answer = await world.createOrder(event, {}, revoked, { key });

    expect([answer.status, answer.body]).toMatchObject([401, { code: 'UNAUTHENTICATED' }]);
  });
});

describe('a stored refusal', () => {
  it('PRICE_CHANGED is replayed for its hour although the price would fit by now', async () => {
    const changing = await world.createEvent({ unitPriceCents: 10_000 });
    const [type] = changing.ticketTypes;
    const wish = { expectedTotalCents: 5_859 };
    const key = aKey();
    const refused = await world.createOrder(changing, wish, world.buyer, { key });
    await world.siblings.changeTicketType(type?.id ?? '', { unitPriceCents: 5_000 });
    world.forgetCatalogue(changing);

    const within = await world.createOrder(changing, wish, world.buyer, { key });
    await world.timePasses({ minutes: 61 });
    const after = await world.createOrder(changing, wish, world.buyer, { key });

    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'PRICE_CHANGED', expected: { totalCents: 5_859 }, actual: { totalCents: 11_686 } },
    ]);
    expectReplayOf(refused, within);
    expect([after.status, after.body.totalCents]).toEqual([201, 5_859]);
  });

  it('ORDER_STATE_CONFLICT is replayed', async () => {
    const order = await anOrder().for(event).cancelled().make(world);
    const key = aKey();

    const first = await world.reserve(order.id, world.buyer, { key });
    const second = await world.reserve(order.id, world.buyer, { key });

    expect([first.status, first.body]).toMatchObject([
      409,
      { code: 'ORDER_STATE_CONFLICT', currentStatus: 'CANCELLED', allowedActions: [] },
    ]);
    expectReplayOf(first, second);
  });
});

describe('a refusal that time or others may change', () => {
  it('TICKETS_UNAVAILABLE is decided afresh under the same key', async () => {
    const scarce = await world.createEvent({ capacity: 1 });
    const late = await anOrder().for(scarce).pending().make(world);
    const early = await anOrder()
      .for(scarce)
      .by(await world.person())
      .reserved()
      .make(world);
    const key = aKey();
    const [type] = scarce.ticketTypes;

    const refused = await world.reserve(late.id, world.buyer, { key });
    await world.cancel(early.id, early.buyer);
    const granted = await world.reserve(late.id, world.buyer, { key });

    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'TICKETS_UNAVAILABLE', unavailable: [{ ticketTypeId: type?.id, requested: 1, available: 0 }] },
    ]);
    expect([granted.status, granted.body.status, isReplayed(granted)]).toEqual([200, 'RESERVED', false]);
  });

  it('TICKETS_UNAVAILABLE at create is decided afresh under the same key', async () => {
    const scarce = await world.createEvent({ capacity: 1 });
    const key = aKey();

    const refused = await world.createOrder(scarce, { quantity: 2 }, world.buyer, { key });
    await world.siblings.changeTicketType(scarce.ticketTypes[0]?.id ?? '', { capacity: 2 });
    world.forgetCatalogue(scarce);
    const granted = await world.createOrder(scarce, { quantity: 2 }, world.buyer, { key });

    expect([refused.status, refused.body]).toMatchObject([409, { code: 'TICKETS_UNAVAILABLE' }]);
    expect(granted.status).toBe(201);
  });

  it('PAYMENT_MISMATCH is decided afresh once the payment has succeeded', async () => {
    const order = await anOrder().for(event).reserved().make(world);
    const key = aKey();

    const refused = await world.confirm(order.id, order.intentId, { key });
    await world.siblings.pay(order.intentId);
    const granted = await world.confirm(order.id, order.intentId, { key });

    expect([refused.status, refused.body]).toMatchObject([409, { code: 'PAYMENT_MISMATCH' }]);
    expect([granted.status, granted.body.paymentOutcome]).toEqual([200, 'confirmed']);
  });
});

describe('one key for one reserve', () => {
  it('replays reservation and secret byte for byte', async () => {
    const order = await anOrder().for(event).pending().make(world);
    const key = aKey();

    const first = await world.reserve(order.id, world.buyer, { key });
    const second = await world.reserve(order.id, world.buyer, { key });

    expectReplayOf(first, second);
    expect(second.body.payment?.clientSecret).toMatch(/_secret_/);
    expect(await world.deeds(order.id)).toEqual(['reserve executed', 'create-intent executed']);
  });

  it('is replayed although its If-Match is stale by now', async () => {
    const order = await anOrder().for(event).pending().make(world);
    const options = { key: aKey(), headers: { 'if-match': '"v1"' } };

    const first = await world.reserve(order.id, world.buyer, options);
    const replay = await world.reserve(order.id, world.buyer, options);
    const fresh = await world.reserve(order.id, world.buyer, { ...options, key: aKey() });

    expectReplayOf(first, replay);
    expect([fresh.status, fresh.body]).toMatchObject([412, { code: 'VERSION_MISMATCH', currentVersion: 2 }]);
  });

  it('is answered "in use" while the first runs, and fences a first holder off that was overtaken', async () => {
    const order = await anOrder().for(event).pending().make(world);
    const key = aKey();
    await world.siblings.fault({
      service: 'payment-service',
      operation: 'create-intent',
      mode: 'latency',
      ms: 1_500,
      times: 1,
    });

    const frozen = world.reserve(order.id, world.buyer, { key });
    await eventually('the first reserve is held up', async () => (await world.siblings.strikes()) === 1);
    const meanwhile = await world.reserve(order.id, world.buyer, { key });
    await world.holdersAreGone();
    const second = await world.reserve(order.id, world.buyer, { key });
    const first = await frozen;
    const replay = await world.reserve(order.id, world.buyer, { key });

    expect([meanwhile.status, meanwhile.body]).toMatchObject([
      409,
      { code: 'IDEMPOTENCY_KEY_IN_USE', retryable: true },
    ]);
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    expect([second.status, second.body.status]).toEqual([200, 'RESERVED']);
    expect([first.status, first.body]).toMatchObject([409, { code: 'ORDER_BUSY' }]);
    expectReplayOf(second, replay);
    expect(await world.history(order.id)).toEqual(['order.created', 'order.reserved']);
    const { intents } = await world.ledger(order.id);
    expect(intents.map(({ paymentIntentId }) => paymentIntentId)).toEqual([second.body.payment?.intentId]);
  });
});

describe('one key for one refund', () => {
  it('is replayed for thirty days', async () => {
    const order = await anOrder().for(event).completed().make(world);
    const key = aKey();
    const first = await world.refund(order.id, {}, world.buyer, { key });
    await world.settle();
    await world.timePasses({ minutes: 29 * 24 * 60 });

    const second = await world.refund(order.id, {}, world.buyer, { key });

    expect(first.status).toBe(202);
    expectReplayOf(first, second);
    expect(await world.refunds(order.id)).toHaveLength(1);
  });

  it('cannot make a second refund once its row was pruned', async () => {
    const order = await anOrder().for(event).quantity(2).completed().make(world);
    const present: OrderView = await world.order(order.id);
    const items = [{ itemId: present.items[0]?.id, quantity: 1 }];
    const key = aKey();
    await world.refund(order.id, { items }, world.buyer, { key });
    await world.settle();
    await world.rows('delete from idempotency_keys');

    const again = await world.refund(order.id, { items }, world.buyer, { key });

    expect([again.status, again.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await world.refunds(order.id)).toHaveLength(1);
  });
});
