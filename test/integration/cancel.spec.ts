import { aKey, anOrder, World } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start({
    config: { UPSTREAM_CONNECT_TIMEOUT_MS: '400', UPSTREAM_PAYMENT_TIMEOUT_MS: '800' },
  });
});

afterEach(async () => {
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

/** payment-service takes calls to cancel an intent and never answers them. */
function paymentServiceHangs(mode: 'timeout-before' | 'timeout-after'): Promise<void> {
  return world.siblings.fault({ service: 'payment-service', operation: 'cancel-intent', mode, ms: 20_000 });
}

async function heldOf(ticketTypeId: string | undefined): Promise<unknown> {
  const { stock } = await world.ledger();
  const row = stock.find((candidate) => candidate.ticketTypeId === ticketTypeId);
  return { held: row?.held, sold: row?.sold };
}

describe('cancelling a PENDING order', () => {
  it('ends it without asking anybody', async () => {
    const order = await anOrder().pending().make(world);

    const { status, body, headers } = await world.cancel(order.id, world.buyer, {
      reason: 'changed my mind',
    });

    expect([status, body]).toMatchObject([
      200,
      {
        status: 'CANCELLED',
        cancelReason: 'changed my mind',
        expiresAt: null,
        allowedActions: [],
        version: 2,
      },
    ]);
    expect(headers.get('etag')).toBe('"v2"');
    expect(await world.deeds(order.id)).toEqual([]);
  });

  it('answers 200 again under another key and changes nothing', async () => {
    const order = await anOrder().cancelled().make(world);

    const again = await world.cancel(order.id, world.buyer, { reason: 'once more' });

    expect([again.status, again.body]).toMatchObject([200, { status: 'CANCELLED', cancelReason: null }]);
  });
});

describe('cancelling a RESERVED order', () => {
  it('makes sure that it cannot be paid before it gives the seats back', async () => {
    const order = await anOrder().quantity(3).reserved().make(world);

    const { status, body } = await world.cancel(order.id);

    expect([status, body.status, body.pendingAction]).toEqual([200, 'CANCELLED', null]);
    expect(await world.deeds(order.id)).toEqual([
      'reserve executed',
      'create-intent executed',
      'cancel-intent executed',
      'release executed',
    ]);
    expect(await heldOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
    await expect(world.siblings.pay(order.intentId)).rejects.toThrow('409');
  });

  it('cancels and pays everything back when the money came first', async () => {
    const order = await anOrder().quantity(2).paid().make(world);

    const { status, body } = await world.cancel(order.id, world.buyer, { reason: 'too late?' });
    await world.settle();

    expect([status, body]).toMatchObject([200, { status: 'CANCELLED', cancelReason: 'too late?' }]);
    expect(await world.order(order.id)).toMatchObject({
      status: 'CANCELLED',
      refundedCents: 23_339,
      pendingRefundCents: 0,
    });
    const { intents } = await world.ledger(order.id);
    expect(intents).toMatchObject([
      { status: 'succeeded', amountReceivedCents: 23_339, refundedCents: 23_339 },
    ]);
    expect(await heldOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
    expect((await world.history(order.id)).slice(0, 4)).toEqual([
      'order.created',
      'order.reserved',
      'order.confirmed',
      'order.cancelled',
    ]);
  });

  it('answers 202 while payment-service hangs, keeps the seats, and is finished by the worker', async () => {
    const order = await anOrder().reserved().make(world);
    const key = aKey();
    await paymentServiceHangs('timeout-before');

    const waiting = await world.cancel(order.id, world.buyer, {}, { key });
    const sameKey = await world.cancel(order.id, world.buyer, {}, { key });
    const otherVerb = await world.reserve(order.id);

    expect([waiting.status, waiting.body]).toMatchObject([
      202,
      { status: 'RESERVED', pendingAction: 'cancel' },
    ]);
    expect(sameKey.status).toBe(202);
    expect([otherVerb.status, otherVerb.body]).toMatchObject([409, { code: 'ORDER_BUSY', retryable: true }]);
    expect(otherVerb.headers.get('retry-after')).toBe('1');
    expect(await heldOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 1, sold: 0 });

    await world.siblings.clearFaults();
    await world.settle();
    const finished = await world.cancel(order.id, world.buyer, {}, { key });
    expect([finished.status, finished.body]).toMatchObject([
      200,
      { status: 'CANCELLED', pendingAction: null },
    ]);
    expect(await heldOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
  });

  it('ends once when the answer of payment-service was lost', async () => {
    const order = await anOrder().reserved().make(world);
    await paymentServiceHangs('timeout-after');
    expect((await world.cancel(order.id)).status).toBe(202);

    await world.siblings.clearFaults();
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', version: 3 });
    expect((await world.deeds(order.id)).slice(2)).toEqual([
      'cancel-intent executed',
      'cancel-intent replayed',
      'release executed',
    ]);
  });

  it('pays back what was paid while it was waiting, and the confirm that tells it settles the fence', async () => {
    const order = await anOrder().reserved().make(world);
    await paymentServiceHangs('timeout-before');
    expect((await world.cancel(order.id)).status).toBe(202);
    await world.siblings.clearFaults();
    await world.siblings.pay(order.intentId);

    const confirm = await world.confirm(order.id, order.intentId);
    await world.settle();

    expect([confirm.status, confirm.body]).toMatchObject([
      200,
      { status: 'CANCELLED', paymentOutcome: 'refunding' },
    ]);
    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 11_686 });
  });
});

describe('cancelling a CONFIRMED order', () => {
  it('pays back by the policy and leaves no ticket that opens a door', async () => {
    const order = await anOrder().confirmed().make(world);

    const { status, body } = await world.cancel(order.id);
    await world.settle();

    expect([status, body]).toMatchObject([200, { status: 'CANCELLED', pendingRefundCents: 11_686 }]);
    expect(await world.order(order.id)).toMatchObject({
      status: 'CANCELLED',
      refundedCents: 11_686,
      pendingRefundCents: 0,
      tickets: [{ status: 'VOID' }],
    });
    expect(await heldOf(order.event.ticketTypes[0]?.id)).toEqual({ held: 0, sold: 0 });
  });

  it('is refused, and changes nothing, where the policy pays nothing back', async () => {
    const order = await anOrder().for({ startsInHours: 12 }).confirmed().make(world);

    const { status, body } = await world.cancel(order.id);
    await world.settle();

    expect([status, body]).toMatchObject([422, { code: 'REFUND_WINDOW_CLOSED' }]);
    expect(await world.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedCents: 0 });
  });

  it('is given by an admin whatever the policy says', async () => {
    const order = await anOrder().for({ startsInHours: 12 }).confirmed().make(world);

    expect((await world.cancel(order.id, world.admin)).status).toBe(200);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 11_686 });
  });
});

describe('cancelling what cannot be cancelled', () => {
  it.each(['completed', 'expired'] as const)('is refused when the order is %s', async (stage) => {
    const order = await anOrder()[stage]().make(world);

    const { status, body } = await world.cancel(order.id);

    expect([status, body]).toMatchObject([
      409,
      { code: 'ORDER_STATE_CONFLICT', currentStatus: stage.toUpperCase() },
    ]);
  });

  it("shows nobody that another user's or another tenant's order exists", async () => {
    const order = await anOrder().reserved().make(world);
    const strangers = [
      await world.person(),
      await world.person({ tenantId: aKey() }),
      await world.person({ tenantId: aKey(), role: 'admin' }),
    ];

    for (const stranger of strangers) {
      const { status, body } = await world.cancel(order.id, stranger);
      expect([status, body]).toMatchObject([404, { code: 'ORDER_NOT_FOUND' }]);
    }
    expect(await world.order(order.id)).toMatchObject({ status: 'RESERVED', pendingAction: null });
  });
});
