import { TicketServiceClient } from '@app/tickets';
import { anOrder, World, type GivenOrder } from '../support/world/index.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.siblings.clearFaults();
  await world.siblings.settings({ refundOutcome: 'succeed' });
});

afterAll(async () => {
  await world.stop();
});

async function money(order: GivenOrder): Promise<unknown> {
  const { intents } = await world.ledger(order.id);
  return intents.map(({ amountReceivedCents, refundedCents }) => [amountReceivedCents, refundedCents]);
}

async function oneTicketOf(order: GivenOrder): Promise<readonly unknown[]> {
  const { items } = await world.order(order.id);
  return [{ itemId: items[0]?.id, quantity: 1 }];
}

/** What of the order's tickets ticket-service counts as sold. */
async function soldOf(order: GivenOrder): Promise<number | undefined> {
  const { stock } = await world.ledger();
  return stock.find(({ ticketTypeId }) => ticketTypeId === order.event.ticketTypes[0]?.id)?.sold;
}

describe('a hold that ticket-service forgot', () => {
  it('is not taken again for an order that was cancelled meanwhile', async () => {
    const order = await anOrder().confirmed().make(world);
    await world.loseHold(order.id, 1);
    await world.cancel(order.id);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 11_686 });
    const { entries } = await world.ledger(order.id);
    expect(entries.filter(({ operation }) => operation === 'reserve')).toHaveLength(1);
    expect(await money(order)).toEqual([[11_686, 11_686]]);
  });

  it('is not taken again for tickets whose money is on its way back', async () => {
    const order = await anOrder().confirmed().make(world);
    await world.loseHold(order.id, 1);
    await world.refund(order.id);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({
      status: 'REFUNDED',
      refundedCents: 11_686,
      pendingRefundCents: 0,
      tickets: [],
    });
    const { entries } = await world.ledger(order.id);
    expect(entries.filter(({ operation }) => operation === 'reserve')).toHaveLength(1);
  });

  it('pays a cancelled order back once when its seats are gone as well', async () => {
    const order = await anOrder().for({ capacity: 1 }).confirmed().make(world);
    await world.loseHold(order.id, 1);
    await world.siblings.fault({ service: 'ticket-service', operation: 'reserve', mode: 'error-before' });
    await world.tryAgain();
    await world.siblings.clearFaults();
    await anOrder()
      .for(order.event)
      .by(await world.person())
      .completed()
      .make(world);

    await world.cancel(order.id);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 11_686 });
    expect(await money(order)).toEqual([[11_686, 11_686]]);
    expect(await world.findings(order.id)).not.toContain('paid_order_revoked');
    expect((await world.ledger()).oversold).toBe(0);
  });
});

describe('an answer of ticket-service that does not fit', () => {
  it('is shown to an operator when it issued fewer tickets than were paid', async () => {
    const order = await anOrder().quantity(2).confirmed().make(world);
    const tickets = world.get(TicketServiceClient);
    const confirm = tickets.confirm.bind(tickets);
    jest.spyOn(tickets, 'confirm').mockImplementationOnce(async (...given) => {
      const outcome = await confirm(...given);
      return outcome.kind === 'done'
        ? { ...outcome, body: { ...outcome.body, tickets: outcome.body.tickets.slice(0, 1) } }
        : outcome;
    });

    await world.settle();

    expect(await world.findings(order.id)).toEqual(['tickets_issued_mismatch']);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      tickets: [{ status: 'ISSUED' }],
    });
  });

  it('is shown to an operator when its contract does not list it, and asked for again', async () => {
    const order = await anOrder().confirmed().make(world);
    const finding = 'ticket-service answered confirm with 418, which its contract does not list.';
    jest
      .spyOn(world.get(TicketServiceClient), 'confirm')
      .mockResolvedValueOnce({ kind: 'unknown', reason: 'unlisted-refusal', finding });

    await world.settle();

    expect(
      await world.rows('select kind, details from reconciliation_findings where order_id = $1', [order.id]),
    ).toEqual([{ kind: 'sibling_contract_broken', details: { kind: 'tickets.confirm', finding } }]);
    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      tickets: [{ status: 'ISSUED' }],
    });
  });
});

describe('a refund', () => {
  it('of one ticket is refused with the clause once the policy pays nothing back', async () => {
    const order = await anOrder().for({ startsInHours: 12 }).quantity(2).completed().make(world);

    const { status, body } = await world.refund(order.id, { items: await oneTicketOf(order) });
    await world.settle();

    expect([status, body]).toMatchObject([422, { code: 'REFUND_WINDOW_CLOSED' }]);
    expect(await world.refunds(order.id)).toEqual([]);
    expect(await soldOf(order)).toBe(2);
  });

  it('of one ticket of a called-off event pays once and voids that ticket, even before it is issued', async () => {
    const order = await anOrder().quantity(2).confirmed().make(world);
    const calledOff = await world.service.post('/internal/v1/orders/bulk/cancel', {
      eventId: order.event.id,
      reason: 'The singer is ill.',
    });

    const { status } = await world.refund(order.id, { items: await oneTicketOf(order) });
    await world.settle();

    expect([calledOff.status, status]).toEqual([202, 202]);
    const present = await world.order(order.id);
    expect(present).toMatchObject({ status: 'COMPLETED', refundedCents: 11_669 });
    expect(present.tickets.map((ticket) => ticket.status).sort()).toEqual(['ISSUED', 'VOID']);
    expect(await money(order)).toEqual([[23_339, 11_669]]);
    expect(await soldOf(order)).toBe(1);
  });

  it('of a second payment that the bank declines leaves the figures of the order alone', async () => {
    const order = await anOrder().completed().make(world);
    const second = await world.foreignIntent({ orderId: order.id, amountCents: 11_686, currency: 'USD' });
    await world.siblings.pay(second);
    await world.siblings.settings({ refundOutcome: 'fail' });

    await world.confirm(order.id, second);
    await world.settle();

    expect(await world.order(order.id)).toMatchObject({
      status: 'COMPLETED',
      refundedCents: 0,
      pendingRefundCents: 0,
      tickets: [{ status: 'ISSUED' }],
    });
    expect(await world.refunds(order.id)).toMatchObject([{ status: 'FAILED' }]);
    expect(await world.findings(order.id)).toContain('refund_failed');
  });

  it.each(['succeed', 'fail'])(
    'that is settled already is not counted again when payment-service says %s',
    async (refundOutcome) => {
      const order = await anOrder().completed().make(world);
      await world.siblings.fault({ service: 'payment-service', operation: 'refund', mode: 'error-before' });
      const { body } = await world.refund(order.id);
      await world.idle();
      await world.rows(`update order_refunds set status = 'SUCCEEDED', settled_at = now() where id = $1`, [
        body.id,
      ]);
      const before = await world.order(order.id);
      const told = await world.history(order.id);
      await world.siblings.clearFaults();
      await world.siblings.settings({ refundOutcome });

      await world.settle();

      const after = await world.order(order.id);
      expect(after.refundedCents).toBe(before.refundedCents);
      expect(after.pendingRefundCents).toBe(before.pendingRefundCents);
      expect(await world.history(order.id)).toEqual(told);
      expect(await world.refunds(order.id)).toMatchObject([{ status: 'SUCCEEDED' }]);
    },
  );
});
