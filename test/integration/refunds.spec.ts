import { aKey, anOrder, World, type GivenOrder, type RefundView } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(async () => {
  await world.siblings.clearFaults();
  await world.siblings.settings({ refundOutcome: 'succeed', balanceShort: false });
});

afterAll(async () => {
  await world.stop();
});

async function itemsOf(order: GivenOrder, quantity: number): Promise<readonly unknown[]> {
  const { items } = await world.order(order.id);
  return [{ itemId: items[0]?.id, quantity }];
}

/** What payment-service has received and paid back for an order: the book that decides. */
async function money(order: GivenOrder): Promise<unknown> {
  const { intents } = await world.ledger(order.id);
  return intents.map(({ amountReceivedCents, refundedCents }) => [amountReceivedCents, refundedCents]);
}

async function soldOf(order: GivenOrder): Promise<number | undefined> {
  const { stock } = await world.ledger();
  return stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id)?.sold;
}

describe('a refund', () => {
  it('of everything is accepted PENDING, and ends REFUNDED with the tickets void', async () => {
    const order = await anOrder().quantity(2).completed().make(world);

    const { status, headers, body } = await world.refund(order.id);
    await world.settle();

    expect([status, body]).toMatchObject([202, { status: 'PENDING', amountCents: 23_339, currency: 'USD' }]);
    const read = await world.buyer.get<RefundView>(headers.get('location') ?? '');
    expect(read.body).toMatchObject({ id: body.id, orderId: order.id, status: 'SUCCEEDED' });
    expect(await world.order(order.id)).toMatchObject({
      status: 'REFUNDED',
      refundedCents: 23_339,
      pendingRefundCents: 0,
      items: [{ refundedQuantity: 2 }],
      tickets: [{ status: 'VOID' }, { status: 'VOID' }],
      allowedActions: [],
    });
    expect(await money(order)).toEqual([[23_339, 23_339]]);
    expect(await soldOf(order)).toBe(0);
  });

  it('ticket by ticket pays to the last cent what was paid, and only the last one ends the order', async () => {
    const order = await anOrder().for({ unitPriceCents: 3_333 }).quantity(3).completed().make(world);
    const total = (await world.order(order.id)).totalCents;
    const amounts: number[] = [];

    for (const status of ['COMPLETED', 'COMPLETED', 'REFUNDED']) {
      const { body } = await world.refund(order.id, { items: await itemsOf(order, 1) });
      amounts.push(body.amountCents);
      await world.settle();
      expect(await world.order(order.id)).toMatchObject({ status });
    }

    // 9,999 + 500 fee + 320 processing + 866 tax, split over three tickets, the newest first.
    expect(total).toBe(11_685);
    expect(amounts).toEqual([3_893, 3_896, 3_896]);
    expect(await money(order)).toEqual([[11_685, 11_685]]);
    expect((await world.history(order.id)).filter((type) => type === 'order.refunded')).toHaveLength(1);
  });

  it('of one ticket voids one ticket and frees one seat', async () => {
    const order = await anOrder().quantity(3).completed().make(world);

    await world.refund(order.id, { items: await itemsOf(order, 1) });
    await world.settle();

    const { tickets, items } = await world.order(order.id);
    expect(tickets.map(({ status }) => status).sort()).toEqual(['ISSUED', 'ISSUED', 'VOID']);
    expect(items).toMatchObject([{ quantity: 3, refundedQuantity: 1 }]);
    expect(await soldOf(order)).toBe(2);
  });

  it('pays exactly what its quote said', async () => {
    const order = await anOrder().for({ unitPriceCents: 4_999 }).quantity(3).completed().make(world);
    const items = await itemsOf(order, 2);

    const quote = await world.buyer.post<{ readonly amountCents: number; readonly keptCents: number }>(
      `/api/v1/orders/${order.id}/refund-quote`,
      { items },
      { key: null },
    );
    const refund = await world.refund(order.id, { items });

    expect(quote.status).toBe(200);
    expect(quote.body).toMatchObject({
      currency: 'USD',
      keptCents: 0,
      policy: { id: null },
      items: [{ quantity: 2 }],
    });
    expect(refund.body.amountCents).toBe(quote.body.amountCents);
  });

  it('may be asked for before the tickets are issued, and no ticket of it opens a door', async () => {
    const order = await anOrder().quantity(2).confirmed().make(world);

    const { status } = await world.refund(order.id, { items: await itemsOf(order, 1) });
    await world.settle();

    expect(status).toBe(202);
    const present = await world.order(order.id);
    expect(present).toMatchObject({ status: 'COMPLETED', refundedCents: 11_669 });
    expect(present.tickets.map((ticket) => ticket.status).sort()).toEqual(['ISSUED', 'VOID']);
    expect(await soldOf(order)).toBe(1);
  });

  it('is executed once however often its answer is lost', async () => {
    const order = await anOrder().completed().make(world);
    await world.siblings.fault(
      { service: 'payment-service', operation: 'refund', mode: 'error-after', times: 2 },
      { service: 'ticket-service', operation: 'release', mode: 'error-after', times: 2 },
    );

    await world.refund(order.id);
    await world.settle();

    expect(await money(order)).toEqual([[11_686, 11_686]]);
    const { entries } = await world.ledger(order.id);
    const refunds = entries.filter(({ operation }) => operation === 'refund');
    expect(refunds.map(({ outcome }) => outcome)).toEqual(['executed', 'replayed', 'replayed']);
    expect(new Set(refunds.map(({ key }) => key)).size).toBe(1);
  });
});

describe('a refund that is refused', () => {
  it('is 422 with the clause where the policy pays nothing back any more', async () => {
    const order = await anOrder().for({ startsInHours: 12 }).completed().make(world);

    const { status, body } = await world.refund(order.id);

    expect([status, body]).toMatchObject([422, { code: 'REFUND_WINDOW_CLOSED' }]);
    expect(await world.refunds(order.id)).toEqual([]);
  });

  it('is 409 for more than is refundable', async () => {
    const order = await anOrder().quantity(2).completed().make(world);
    await world.refund(order.id, { items: await itemsOf(order, 1) });

    const { status, body } = await world.refund(order.id, { items: await itemsOf(order, 2) });

    expect([status, body]).toMatchObject([409, { code: 'REFUND_EXCEEDS_REFUNDABLE' }]);
  });

  it.each(['pending', 'reserved', 'cancelled', 'expired'] as const)(
    'is 409 with the status for an order that is %s',
    async (stage) => {
      const order = await anOrder()[stage]().make(world);

      const { status, body } = await world.refund(order.id);

      expect([status, body]).toMatchObject([
        409,
        { code: 'ORDER_STATE_CONFLICT', currentStatus: stage.toUpperCase() },
      ]);
    },
  );

  it('is 403 for an amount that a customer names', async () => {
    const order = await anOrder().completed().make(world);

    const { status, body } = await world.refund(order.id, { amountCents: 100 });

    expect([status, body]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  });

  it('fails without a cent when a ticket has been used', async () => {
    const order = await anOrder().completed().make(world);
    const { tickets } = await world.order(order.id);
    await world.siblings.useTicket(tickets[0]?.id ?? '');

    const { status } = await world.refund(order.id);
    await world.settle();

    expect(status).toBe(202);
    expect(await world.refunds(order.id)).toMatchObject([{ status: 'FAILED', failureCode: 'TICKET_USED' }]);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      refundedCents: 0,
      pendingRefundCents: 0,
      tickets: [{ status: 'ISSUED' }],
    });
    expect(await money(order)).toEqual([[11_686, 0]]);
    expect(await world.findings(order.id)).toEqual(['refund_failed']);
  });
});

describe('a refund that payment-service fails', () => {
  it('frees its amount, raises a finding, and can be asked for again', async () => {
    const order = await anOrder().completed().make(world);
    await world.siblings.settings({ refundOutcome: 'fail' });
    await world.refund(order.id);
    await world.settle();
    const failed = await world.order(order.id);
    await world.siblings.settings({ refundOutcome: 'succeed' });

    const again = await world.refund(order.id);
    await world.settle();

    expect(failed).toMatchObject({ status: 'COMPLETED', refundedCents: 0, pendingRefundCents: 0 });
    expect(await world.findings(order.id)).toEqual(['refund_failed']);
    expect([again.status, again.body.amountCents]).toEqual([202, 11_686]);
    expect((await world.refunds(order.id)).map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
    expect(await world.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedCents: 11_686 });
    expect(await money(order)).toEqual([[11_686, 11_686]]);
  });

  it('voids no second ticket when one ticket is asked for again', async () => {
    const order = await anOrder().quantity(3).completed().make(world);
    const items = await itemsOf(order, 1);
    await world.siblings.settings({ refundOutcome: 'fail' });
    await world.refund(order.id, { items });
    await world.settle();
    await world.siblings.settings({ refundOutcome: 'succeed' });

    await world.refund(order.id, { items });
    await world.settle();

    const { tickets } = await world.order(order.id);
    expect(tickets.map(({ status }) => status).sort()).toEqual(['ISSUED', 'ISSUED', 'VOID']);
    expect((await world.refunds(order.id)).map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
    expect(await soldOf(order)).toBe(2);
  });

  it('waits, and never fails, while the balance of payment-service is short', async () => {
    const order = await anOrder().completed().make(world);
    await world.siblings.settings({ balanceShort: true });
    await world.refund(order.id);
    await world.idle();
    await world.tryAgain();
    await world.tryAgain();

    expect(await world.refunds(order.id)).toMatchObject([{ status: 'PENDING' }]);
    await world.siblings.settings({ balanceShort: false });
    await world.settle();

    expect(await world.refunds(order.id)).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(await money(order)).toEqual([[11_686, 11_686]]);
  });
});

describe("an admin's goodwill", () => {
  it('pays an amount back outside the window; the tickets stay', async () => {
    const order = await anOrder().for({ startsInHours: 12 }).quantity(2).completed().make(world);

    const { status, body } = await world.refund(
      order.id,
      { amountCents: 1_001, reason: 'sorry' },
      world.admin,
    );
    await world.settle();

    expect([status, body.amountCents]).toEqual([202, 1_001]);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      refundedCents: 1_001,
      tickets: [{ status: 'ISSUED' }, { status: 'ISSUED' }],
    });
  });

  it('is taken off what the tickets pay back later: all together is what was paid', async () => {
    const order = await anOrder().quantity(2).completed().make(world);
    await world.refund(order.id, { amountCents: 1_001, reason: 'sorry' }, world.admin);
    await world.settle();

    const rest = await world.refund(order.id);
    await world.settle();

    expect(rest.body.amountCents).toBe(22_338);
    expect(await world.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedCents: 23_339 });
    expect(await money(order)).toEqual([[23_339, 23_339]]);
  });

  it('of all that was paid ends the order and releases its tickets', async () => {
    const order = await anOrder().quantity(2).completed().make(world);

    await world.refund(order.id, { amountCents: 23_339, reason: 'sorry' }, world.admin);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({
      status: 'REFUNDED',
      refundedCents: 23_339,
      tickets: [{ status: 'VOID' }, { status: 'VOID' }],
    });
    expect(await soldOf(order)).toBe(0);
  });

  it('of more than is left is refused', async () => {
    const order = await anOrder().completed().make(world);

    const { status, body } = await world.refund(
      order.id,
      { amountCents: 11_687, reason: 'sorry' },
      world.admin,
    );

    expect([status, body]).toMatchObject([409, { code: 'REFUND_EXCEEDS_REFUNDABLE' }]);
  });
});

describe('refunds at once', () => {
  it('never pay back more than was paid: ten refunds of everything', async () => {
    const order = await anOrder().quantity(2).completed().make(world);

    const answers = await Promise.all(Array.from({ length: 10 }, () => world.refund(order.id)));
    await world.settle();

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(await money(order)).toEqual([[23_339, 23_339]]);
  });

  it('never pay back more than was paid: four tickets, six refunds of one each', async () => {
    const order = await anOrder().quantity(4).completed().make(world);
    const items = await itemsOf(order, 1);

    const answers = await Promise.all(Array.from({ length: 6 }, () => world.refund(order.id, { items })));
    await world.settle();

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(4);
    expect(await world.order(order.id)).toMatchObject({
      status: 'REFUNDED',
      refundedCents: order.totalCents,
    });
    expect(await money(order)).toEqual([[order.totalCents, order.totalCents]]);
  });

  it('never pay back more than was paid: a cancel and a refund of a CONFIRMED order', async () => {
    const order = await anOrder().quantity(2).confirmed().make(world);

    const [cancel, refund] = await Promise.all([world.cancel(order.id), world.refund(order.id)]);
    await world.settle();

    expect([cancel.status, refund.status].filter((status) => status < 300)).toHaveLength(1);
    expect(await money(order)).toEqual([[23_339, 23_339]]);
    const { status } = await world.order(order.id);
    expect(['CANCELLED', 'REFUNDED']).toContain(status);
    expect(await soldOf(order)).toBe(0);
  });
});

describe('a refund of somebody else', () => {
  it('does not exist: 404', async () => {
    const order = await anOrder().completed().make(world);
    const strangers = [await world.person(), await world.person({ tenantId: aKey(), role: 'admin' })];

    for (const stranger of strangers) {
      const { status, body } = await world.refund(order.id, {}, stranger);
      expect([status, body]).toMatchObject([404, { code: 'ORDER_NOT_FOUND' }]);
    }
    expect(await world.refunds(order.id)).toEqual([]);
  });
});
