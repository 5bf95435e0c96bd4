import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BulkCancel } from '@app/orders';
import { BulkWorld, expectStatus, type SoldEvent } from '../support/bulk-world.js';
import { eventually } from '../support/eventually.js';

// Each waits for real jobs, refunds and retries of a whole service.

let world: BulkWorld;
let app: NestFastifyApplication;
let event: SoldEvent;

beforeAll(async () => {
  world = await BulkWorld.start();
  app = await world.serve();
});

beforeEach(async () => {
  event = await world.event();
});

afterEach(async () => {
  await world.play('DELETE', '/sandbox/faults');
  await world.play('PUT', '/sandbox/settings', { balanceShort: false, refundOutcome: 'succeed' });
});

afterAll(async () => {
  await app.close();
  await world.stop();
});

function fault(
  service: string,
  operation: string,
  mode: string,
  times: number | null = null,
): Promise<unknown> {
  return world.play('PUT', '/sandbox/faults', { service, operation, mode, times });
}

describe('a called-off event', () => {
  it('ends every order by the rules of its status and pays back every cent, fees included', async () => {
    const pending = await world.order(event, 'PENDING');
    const reserved = await world.order(event, 'RESERVED');
    const completed = await world.order(event, 'COMPLETED', 2);
    await fault('ticket-service', 'confirm', 'error-before');
    const confirmed = await world.order(event, 'CONFIRMED');
    await world.play('DELETE', '/sandbox/faults');
    const elsewhere = await world.order(await world.event(), 'COMPLETED');

    const started = await world.bulkCancel(event.id);
    expect(started.status).toBe(202);
    expect(started.headers.get('location')).toBe(`/internal/v1/operations/${started.body.id}`);
    expect(started.body).toMatchObject({ kind: 'bulk-cancel', total: 4, done: 0, failed: 0, failures: [] });

    expect(await world.finished(started.body.id)).toMatchObject({
      status: 'SUCCEEDED',
      total: 4,
      done: 4,
      failed: 0,
      failures: [],
    });
    expect(await world.read(pending.id)).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'The singer is ill.',
      refundedCents: 0,
    });
    expect(await world.read(reserved.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 0 });
    // Either the tickets came first or the call-off did: in both cases the whole amount is back.
    expect(['CANCELLED', 'REFUNDED']).toContain(await world.status(confirmed.id));
    expect(await world.read(confirmed.id)).toMatchObject({ totalCents: 11_686, refundedCents: 11_686 });
    expect(await world.read(completed.id)).toMatchObject({
      status: 'REFUNDED',
      totalCents: 23_339,
      refundedCents: 23_339,
    });
    expect(await world.refundsPaid(confirmed.id)).toEqual([11_686]);
    expect(await world.refundsPaid(completed.id)).toEqual([23_339]);
    expect(await world.status(elsewhere.id)).toBe('COMPLETED');
    await eventually('every seat is free again', async () => {
      const { rows } = await world.database.query(
        `select 1 from order_effects e join orders o on o.id = e.order_id where o.event_id = $1 and e.state = 'pending'`,
        [event.id],
      );
      return rows.length === 0;
    });
  });

  it('sells nothing any more', async () => {
    const pending = await world.order(event, 'PENDING');
    await fault('payment-service', '*', 'error-before');
    const { body } = await world.bulkCancel(event.id);
    await world.play('DELETE', '/sandbox/faults');
    expect((await world.create(pending.token, event)).body).toMatchObject({ code: 'EVENT_NOT_ON_SALE' });
    await world.finished(body.id);
    expect((await world.reserve(pending.token, pending.id)).body).toMatchObject({
      code: 'ORDER_STATE_CONFLICT',
    });
  });

  it('misses no order that was created or reserved while the sale was stopped', async () => {
    const buyers = await Promise.all(Array.from({ length: 12 }, () => world.order(event, 'PENDING')));
    const racing = [
      ...Array.from({ length: 24 }, async () => world.create(await world.buyer(), event)),
      ...buyers.map(({ token, id }) => world.reserve(token, id)),
    ];
    const stopping = world.bulkCancel(event.id);
    const more = Array.from({ length: 24 }, async () => world.create(await world.buyer(), event));
    const { body } = await stopping;
    const replies = await Promise.all([...racing, ...more]);
    expect(replies.filter((reply) => reply.status >= 500)).toEqual([]);

    const missing = await world.database.query(
      `select o.id from orders o where o.event_id = $1
          and not exists (select 1 from operation_items i where i.operation_id = $2 and i.order_id = o.id)`,
      [event.id, body.id],
    );
    expect(missing.rows).toEqual([]);
    const finished = await world.finished(body.id);
    expect(finished).toMatchObject({ status: 'SUCCEEDED', failed: 0, done: finished.total });
    const { rows } = await world.database.query<{ status: string }>(
      'select distinct status from orders where event_id = $1',
      [event.id],
    );
    expect(rows).toEqual([{ status: 'CANCELLED' }]);
  });

  it('waits for a reserve that is under way and ends its order afterwards', async () => {
    const order = await world.order(event, 'PENDING');
    await world.play('PUT', '/sandbox/faults', {
      service: 'payment-service',
      operation: 'create-intent',
      mode: 'latency',
      ms: 1_500,
      times: 1,
    });
    const reserving = world.reserve(order.token, order.id);
    await eventually('the reserve is under way', async () => {
      const { rows } = await world.database.query(`select 1 from orders where id = $1 and op = 'reserving'`, [
        order.id,
      ]);
      return rows.length === 1;
    });
    const { body } = await world.bulkCancel(event.id);
    expect((await reserving).body).toMatchObject({ status: 'RESERVED' });
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.status(order.id)).toBe('CANCELLED');
  });

  it('pays a used ticket back as well, and whatever the refund policy says', async () => {
    const late = await world.event({ startsInHours: 1 });
    const order = await world.order(late, 'COMPLETED');
    const { rows } = await world.database.query<{ id: string }>(
      'select id from order_tickets where order_id = $1',
      [order.id],
    );
    expectStatus(await world.play('POST', `/sandbox/tickets/${rows[0]?.id ?? ''}/use`), 200);
    const { body } = await world.bulkCancel(late.id);
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.refundsPaid(order.id)).toEqual([11_686]);
    expect(await world.status(order.id)).toBe('REFUNDED');
  });

  it('does not wait for ticket-service to pay the money back', async () => {
    const order = await world.order(event, 'COMPLETED');
    await fault('ticket-service', 'release', 'error-before');
    const { body } = await world.bulkCancel(event.id);
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.refundsPaid(order.id)).toEqual([11_686]);
  });

  it('pays back a reservation that turns out to be paid, while ticket-service is away', async () => {
    const order = await world.order(event, 'RESERVED');
    const pay = { notify: 'never' };
    expectStatus(await world.play('POST', `/sandbox/payment-intents/${order.paymentIntentId}/pay`, pay), 200);
    await fault('ticket-service', 'release', 'error-before');
    const { body } = await world.bulkCancel(event.id);
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.read(order.id)).toMatchObject({ status: 'CANCELLED', refundedCents: 11_686 });
    expect(await world.refundsPaid(order.id)).toEqual([11_686]);
  });

  it('pays back only what is left after an earlier refund', async () => {
    const order = await world.order(event, 'COMPLETED', 2);
    const view = await world.read(order.id);
    const items = view.items as readonly { readonly id: string }[];
    const refund = await world.send(
      'POST',
      `/api/v1/orders/${order.id}/refund`,
      { items: [{ itemId: items[0]?.id, quantity: 1 }], reason: 'A friend is ill.' },
      { token: order.token },
    );
    expectStatus(refund, 202);
    const { body } = await world.bulkCancel(event.id);
    await world.finished(body.id);
    const paid = await world.refundsPaid(order.id);
    expect([...paid].sort()).toEqual([11_669, 11_670]);
    expect(await world.status(order.id)).toBe('REFUNDED');
  });

  it('ends a free order without any refund', async () => {
    const free = await world.event({ ticketTypes: [{ unitPriceCents: 0, capacity: 5 }] });
    const order = await world.order(free, 'COMPLETED');
    const { body } = await world.bulkCancel(free.id);
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.status(order.id)).toBe('REFUNDED');
  });

  it('counts a disputed order as failed and leaves its money to the bank', async () => {
    const disputed = await world.order(event, 'COMPLETED');
    await world.database.query('update orders set disputed = true where id = $1', [disputed.id]);
    const { body } = await world.bulkCancel(event.id);
    expect(await world.finished(body.id)).toMatchObject({
      status: 'FAILED',
      total: 1,
      done: 0,
      failed: 1,
      failures: [{ orderId: disputed.id, code: 'ORDER_DISPUTED' }],
    });
    expect(await world.refundsPaid(disputed.id)).toEqual([]);
    expect(await world.status(disputed.id)).toBe('COMPLETED');
  });

  it('counts an order whose refund the bank declined as failed, and a new operation pays it', async () => {
    const order = await world.order(event, 'COMPLETED');
    await world.play('PUT', '/sandbox/settings', { refundOutcome: 'fail' });
    const first = await world.bulkCancel(event.id);
    expect(await world.finished(first.body.id)).toMatchObject({
      status: 'FAILED',
      failed: 1,
      failures: [{ orderId: order.id, code: 'REFUND_FAILED' }],
    });
    await world.play('PUT', '/sandbox/settings', { refundOutcome: 'succeed' });
    const second = await world.bulkCancel(event.id);
    expect(second.body.id).not.toBe(first.body.id);
    expect(await world.finished(second.body.id)).toMatchObject({ status: 'SUCCEEDED', done: 1 });
    expect(await world.read(order.id)).toMatchObject({ status: 'REFUNDED', refundedCents: 11_686 });
  });
});

describe('asking for a bulk cancel', () => {
  it('answers the running operation to a second call, and its own answer to a repeated key', async () => {
    await world.order(event, 'COMPLETED');
    await world.play('PUT', '/sandbox/settings', { balanceShort: true });
    const key = randomUUID();
    const first = await world.bulkCancel(event.id, {}, { key });
    const second = await world.bulkCancel(event.id);
    const replay = await world.bulkCancel(event.id, {}, { key });
    expect([first.status, second.status, replay.status]).toEqual([202, 202, 202]);
    expect(second.body.id).toBe(first.body.id);
    expect(replay.body).toEqual(first.body);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    const other = await world.event();
    expect((await world.bulkCancel(other.id, {}, { key })).body).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('begins one operation when called many times at once', async () => {
    await Promise.all([world.order(event, 'PENDING'), world.order(event, 'PENDING')]);
    const replies = await Promise.all(Array.from({ length: 8 }, () => world.bulkCancel(event.id)));
    expect(replies.map((reply) => reply.status)).toEqual(Array.from({ length: 8 }, () => 202));
    const { rows } = await world.database.query<{ total: number }>(
      'select sum(total)::int as total from operations where event_id = $1',
      [event.id],
    );
    expect(rows).toEqual([{ total: 2 }]);
  });

  it('only counts with dryRun', async () => {
    await world.order(event, 'PENDING');
    await world.order(event, 'RESERVED');
    await world.order(event, 'COMPLETED');
    const partly = await world.order(event, 'COMPLETED', 2);
    const items = (await world.read(partly.id)).items as readonly { readonly id: string }[];
    const refund = { items: [{ itemId: items[0]?.id, quantity: 1 }], reason: 'A friend is ill.' };
    expectStatus(
      await world.send('POST', `/api/v1/orders/${partly.id}/refund`, refund, { token: partly.token }),
      202,
    );
    const reply = await world.bulkCancel(event.id, { dryRun: true });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      total: 4,
      byStatus: { PENDING: 1, RESERVED: 1, CONFIRMED: 0, COMPLETED: 2 },
      refundCents: 23_356,
      currency: 'USD',
    });
    expect((await world.create(await world.buyer(), event)).status).toBe(201);
  });

  it('knows no event that event-service does not know', async () => {
    expect((await world.bulkCancel(randomUUID())).body).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect((await world.bulkCancel(randomUUID(), { dryRun: true })).body).toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
  });

  it('is open to services with the scope alone', async () => {
    const reader = await world.token({ type: 'service', tenantId: world.tenantId, scope: 'orders:read' });
    expect((await world.bulkCancel(event.id, {}, { token: reader })).body).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await world.bulkCancel(event.id, {}, { token: await world.admin() })).status).toBe(403);
  });
});

describe('an operation', () => {
  it('pauses while payment-service has no money, asks for one refund only, and goes on when resumed', async () => {
    const orders = [await world.order(event, 'COMPLETED'), await world.order(event, 'COMPLETED')];
    await world.play('PUT', '/sandbox/settings', { balanceShort: true });
    const { body } = await world.bulkCancel(event.id);
    await eventually('it pauses', async () => (await world.operation(body.id)).status === 'PAUSED');
    expect(await world.operation(body.id)).toMatchObject({
      pauseReason: 'INSUFFICIENT_BALANCE',
      done: 0,
      failed: 0,
    });

    // Still short: of all its refunds one is tried.
    const refusedBefore = await refused();
    await world.database.query('update operations set due_at = now() where id = $1', [body.id]);
    await eventually('one refund is tried', async () => (await refused()) > refusedBefore);
    expect(await refused()).toBe(refusedBefore + 1);
    expect(await world.operation(body.id)).toMatchObject({ status: 'PAUSED' });

    await world.play('PUT', '/sandbox/settings', { balanceShort: false });
    const admin = { token: await world.admin() };
    const resumed = await world.send('POST', `/api/v1/operations/${body.id}/resume`, {}, admin);
    expect(resumed.status).toBe(200);
    expect(resumed.body).toMatchObject({ id: body.id, status: 'RUNNING', pauseReason: null });
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 2 });
    for (const order of orders) expect(await world.refundsPaid(order.id)).toEqual([11_686]);
    expect((await world.send('POST', `/api/v1/operations/${body.id}/resume`, {}, admin)).body).toMatchObject({
      code: 'OPERATION_STATE_CONFLICT',
    });
  });

  it('resumes by itself once a probe is paid', async () => {
    await world.order(event, 'COMPLETED');
    await world.order(event, 'COMPLETED');
    await world.play('PUT', '/sandbox/settings', { balanceShort: true });
    const { body } = await world.bulkCancel(event.id);
    await eventually('it pauses', async () => (await world.operation(body.id)).status === 'PAUSED');
    await world.play('PUT', '/sandbox/settings', { balanceShort: false });
    await world.database.query('update operations set due_at = now() where id = $1', [body.id]);
    expect(await world.finished(body.id)).toMatchObject({ status: 'SUCCEEDED', done: 2 });
  });

  it('is listed for the admins of its tenant and hidden from other tenants', async () => {
    await world.order(event, 'PENDING');
    const { body } = await world.bulkCancel(event.id);
    const admin = { token: await world.admin() };
    const list = await world.send<{ data: readonly { id: string }[]; page: { nextCursor: string } }>(
      'GET',
      '/api/v1/operations?limit=1',
      undefined,
      admin,
    );
    expect(list.body.data.map((row) => row.id)).toEqual([body.id]);
    const next = await world.send<{ data: readonly { id: string }[] }>(
      'GET',
      `/api/v1/operations?limit=1&cursor=${list.body.page.nextCursor}`,
      undefined,
      admin,
    );
    expect(next.body.data.map((row) => row.id)).not.toContain(body.id);
    const stranger = { token: await world.token({ role: 'admin', tenantId: randomUUID() }) };
    expect(
      (await world.send('GET', `/api/v1/operations/${body.id}`, undefined, stranger)).body,
    ).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    const customer = { token: await world.buyer() };
    expect((await world.send('GET', '/api/v1/operations', undefined, customer)).status).toBe(403);
  });

  async function refused(): Promise<number> {
    const { entries } = await world.ledger();
    return entries.filter((entry) => entry.operation === 'refund' && entry.outcome === 'refused').length;
  }
});

describe('a message about a called-off event', () => {
  const message = (): Parameters<BulkCancel['startForEvent']>[0] => ({
    tenantId: world.tenantId,
    eventId: event.id,
    reason: 'The singer is ill.',
    requestId: 'message-1',
  });

  it('pays nobody back while event-service does not say so', async () => {
    const order = await world.order(event, 'COMPLETED');
    expect(await app.get(BulkCancel).startForEvent(message())).toEqual({ kind: 'not-cancelled' });
    expect(await world.status(order.id)).toBe('COMPLETED');
    expect((await world.create(await world.buyer(), event)).status).toBe(201);
  });

  it('starts one operation when event-service says so, however often it comes', async () => {
    const order = await world.order(event, 'COMPLETED');
    await world.play('PATCH', `/sandbox/events/${event.id}`, { status: 'CANCELLED' });
    const first = await app.get(BulkCancel).startForEvent(message());
    expect(first.kind).toBe('started');
    await world.finished('operationId' in first ? first.operationId : '');
    expect(await world.status(order.id)).toBe('REFUNDED');
    expect(await app.get(BulkCancel).startForEvent(message())).toEqual({ kind: 'nothing-left' });
  });

  it('comes again when event-service does not answer', async () => {
    await fault('event-service', 'get-event', 'error-before');
    await expect(app.get(BulkCancel).startForEvent(message())).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });
});
