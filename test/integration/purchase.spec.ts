import { aKey, anOrder, World, type Fault } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  // Short, because time-outs are waited for here; long enough for a busy machine.
  world = await World.start({
    config: {
      UPSTREAM_CONNECT_TIMEOUT_MS: '600',
      UPSTREAM_TIMEOUT_MS: '900',
      UPSTREAM_PAYMENT_TIMEOUT_MS: '900',
    },
  });
});

afterEach(async () => {
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

/** What the siblings really did, replays and refusals left out. */
async function executed(orderId: string): Promise<readonly string[]> {
  const { entries } = await world.ledger(orderId);
  return entries.filter(({ outcome }) => outcome === 'executed').map(({ operation }) => operation);
}

describe('a purchase', () => {
  it('ends COMPLETED with one hold, one intent and one charge of exactly the total', async () => {
    const order = await anOrder().for({ unitPriceCents: 10_000 }).quantity(2).completed().make(world);

    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      totalCents: 23_339,
      refundedCents: 0,
      pendingAction: null,
      tickets: [{ status: 'ISSUED' }, { status: 'ISSUED' }],
    });
    expect(await world.deeds(order.id)).toEqual([
      'reserve executed',
      'create-intent executed',
      'confirm-intent executed',
      'confirm executed',
    ]);
    const { intents, stock } = await world.ledger(order.id);
    expect(intents).toMatchObject([
      { status: 'succeeded', amountCents: 23_339, amountReceivedCents: 23_339, refundedCents: 0 },
    ]);
    const [type] = order.event.ticketTypes;
    expect(stock.find((row) => row.ticketTypeId === type?.id)).toMatchObject({ held: 0, sold: 2 });
    expect(await world.history(order.id)).toEqual([
      'order.created',
      'order.reserved',
      'order.confirmed',
      'order.completed',
    ]);
  });

  it('sends siblings keys that are derived from the order, never the key of the client', async () => {
    const order = await anOrder().completed().make(world);

    const { entries } = await world.ledger(order.id);

    expect(entries.map(({ key }) => key)).toEqual([
      `reserve:${order.id}:1`,
      `intent:${order.id}:1`,
      null,
      `confirm:${order.id}:1`,
    ]);
  });

  it('numbers its versions and events without gaps', async () => {
    const order = await anOrder().completed().make(world);

    const outbox = await world.rows(
      'select event_sequence, type from outbox where order_id = $1 order by event_sequence',
      [order.id],
    );

    expect(outbox).toEqual([
      { event_sequence: 1, type: 'order.created' },
      { event_sequence: 2, type: 'order.reserved' },
      { event_sequence: 3, type: 'order.confirmed' },
      { event_sequence: 4, type: 'order.completed' },
    ]);
    expect(await world.order(order.id)).toMatchObject({ version: 4 });
  });

  it('is confirmed once however often the payment is told', async () => {
    const order = await anOrder().paid().make(world);

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.confirm(order.id, order.intentId)),
    );
    await world.idle();

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.paymentOutcome))).toEqual(new Set(['confirmed']));
    expect(await world.history(order.id)).toEqual([
      'order.created',
      'order.reserved',
      'order.confirmed',
      'order.completed',
    ]);
  });

  it('is not confirmed by an intent of another order, by an unpaid or by an unknown one', async () => {
    const paid = await anOrder().paid().make(world);
    const order = await anOrder().reserved().make(world);

    for (const intentId of [paid.intentId, order.intentId, aKey()]) {
      const answer = await world.confirm(order.id, intentId);
      expect([answer.status, answer.body]).toMatchObject([409, { code: 'PAYMENT_MISMATCH' }]);
    }
    expect(await world.order(order.id)).toMatchObject({ status: 'RESERVED' });
  });
});

describe('a reserve that is repeated', () => {
  it('gives the same reservation, intent and secret under another key, without asking anybody again', async () => {
    const order = await anOrder().reserved().make(world);

    const again = await world.reserve(order.id);

    expect(again.status).toBe(200);
    expect(again.body.payment).toEqual({ intentId: order.intentId, clientSecret: order.clientSecret });
    expect(await world.deeds(order.id)).toEqual(['reserve executed', 'create-intent executed']);
  });

  it('opens one intent when six are sent at once', async () => {
    const order = await anOrder().pending().make(world);

    const answers = await Promise.all(Array.from({ length: 6 }, () => world.reserve(order.id)));

    for (const { status, body } of answers) {
      if (status !== 200) expect([status, body]).toMatchObject([409, { code: 'ORDER_BUSY' }]);
    }
    const reserved = answers.filter(({ status }) => status === 200);
    expect(reserved.length).toBeGreaterThan(0);
    expect(new Set(reserved.map(({ body }) => body.payment?.intentId)).size).toBe(1);
    expect(await world.deeds(order.id)).toEqual(['reserve executed', 'create-intent executed']);
  });

  it('keeps the client secret out of the database in clear', async () => {
    const order = await anOrder().reserved().make(world);

    const kept = await world.rows<{ text: string }>(
      `select p::text as text from order_payments p where order_id = $1
       union all select k::text from idempotency_keys k where order_id = $1
       union all select o::text from outbox o where order_id = $1
       union all select e::text from order_effects e where order_id = $1`,
      [order.id],
    );

    expect(order.clientSecret.length).toBeGreaterThan(20);
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.filter(({ text }) => text.includes(order.clientSecret))).toEqual([]);
  });

  it('gives no secret any more once the order has left RESERVED', async () => {
    const order = await anOrder().pending().make(world);
    const key = aKey();
    const first = await world.reserve(order.id, world.buyer, { key });
    await world.cancel(order.id);

    const replay = await world.reserve(order.id, world.buyer, { key });

    expect(first.body.payment?.clientSecret).toEqual(expect.any(String));
    expect([replay.status, replay.body.payment]).toEqual([
      200,
      { intentId: first.body.payment?.intentId, clientSecret: null },
    ]);
  });
});

const LOST_ANSWERS: readonly (readonly [string, Omit<Fault, 'times'>])[] = [
  ['the answer of ticket-service to reserve', aFault('ticket-service', 'reserve', 'error-after')],
  ['it by a time-out', aFault('ticket-service', 'reserve', 'timeout-after')],
  ['it and a broken body comes instead', aFault('ticket-service', 'reserve', 'bad-body')],
  ['the answer of payment-service to the intent', aFault('payment-service', 'create-intent', 'error-after')],
  ['it by a time-out', aFault('payment-service', 'create-intent', 'timeout-after')],
  ['it and another amount comes instead', aFault('payment-service', 'create-intent', 'wrong-amount')],
  ['the connection', aFault('payment-service', 'create-intent', 'reset')],
];

function aFault(service: Fault['service'], operation: string, mode: string): Omit<Fault, 'times'> {
  return { service, operation, mode, ms: 3_000 };
}

describe('a reserve whose sibling call is lost', () => {
  it.each(LOST_ANSWERS)('ends with one effect each when the network loses %s', async (_name, fault) => {
    const order = await anOrder().pending().make(world);
    const key = aKey();
    await world.siblings.fault({ ...fault, times: 1 });

    const lost = await world.reserve(order.id, world.buyer, { key });
    const again = await world.reserve(order.id, world.buyer, { key });

    expect([lost.status, lost.body]).toMatchObject([
      503,
      { code: 'UPSTREAM_UNAVAILABLE', upstream: fault.service, retryable: true },
    ]);
    expect(lost.headers.get('retry-after')).toBe('1');
    expect([again.status, again.body.status]).toEqual([200, 'RESERVED']);
    expect(await executed(order.id)).toEqual(['reserve', 'create-intent']);
  });

  it.each([
    ['ticket-service', 'reserve'],
    ['payment-service', 'create-intent'],
  ] as const)(
    'succeeds with the same generation under a new key after %s failed at %s',
    async (service, operation) => {
      const order = await anOrder().pending().make(world);
      await world.siblings.fault({ service, operation, mode: 'error-before', times: 1 });

      expect((await world.reserve(order.id)).status).toBe(503);
      expect((await world.reserve(order.id)).status).toBe(200);

      const { entries } = await world.ledger(order.id);
      expect(new Set(entries.map((entry) => entry.key))).toEqual(
        new Set([`reserve:${order.id}:1`, `intent:${order.id}:1`]),
      );
      expect(await executed(order.id)).toEqual(['reserve', 'create-intent']);
    },
  );
});

describe('the tickets of a paid order', () => {
  it.each(['error-before', 'error-after', 'timeout-after', 'bad-body'])(
    'are issued once when ticket-service loses the answer: %s',
    async (mode) => {
      const order = await anOrder().paid().make(world);
      await world.siblings.fault({
        service: 'ticket-service',
        operation: 'confirm',
        mode,
        ms: 3_000,
        times: 1,
      });

      await world.confirm(order.id, order.intentId);
      await world.idle();
      expect(await world.order(order.id)).toMatchObject({ status: 'CONFIRMED', tickets: [] });
      await world.settle();

      expect(await world.order(order.id)).toMatchObject({
        status: 'COMPLETED',
        tickets: [{ status: 'ISSUED' }],
      });
      expect(await executed(order.id)).toEqual(['reserve', 'create-intent', 'confirm-intent', 'confirm']);
    },
  );
});
