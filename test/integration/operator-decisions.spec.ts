import { randomUUID } from 'node:crypto';
import { ServiceTokens } from '@app/platform';
import { aKey, anOrder, World, type Answer, type GivenOrder } from '../support/world/index.js';

interface FindingView {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
  readonly resolution: string | null;
}

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

async function dataOf<Row>(path: string): Promise<readonly Row[]> {
  const { body } = await world.admin.get<{ readonly data: readonly Row[] }>(path);
  return body.data;
}

/** Money in a wrong currency for an order that is over: it waits for an operator. */
async function held(order: GivenOrder): Promise<FindingView> {
  const { id: orderId, totalCents: amountCents } = order;
  const subject = await world.foreignIntent({ orderId, amountCents, currency: 'EUR' });
  await world.siblings.pay(subject);
  expect((await world.confirm(orderId, subject)).body.paymentOutcome).toBe('under_review');
  const findings = await dataOf<FindingView>(`/api/v1/findings?orderId=${orderId}`);
  const finding = findings.find((candidate) => candidate.subject === subject);
  if (finding === undefined) throw new Error('the payment was not put on hold');
  return finding;
}

/** A finding that a job would have written. */
async function noted(kind: string, subject: string, orderId: string | null): Promise<string> {
  const id = randomUUID();
  await world.rows(
    `insert into reconciliation_findings (tenant_id, id, kind, subject, order_id, first_seen_at, last_seen_at)
     values ($1, $2, $3, $4, $5, now(), now())`,
    [world.admin.tenantId, id, kind, subject, orderId],
  );
  return id;
}

function resolve(findingId: string, action?: 'recover' | 'refund', key = aKey()): Promise<Answer> {
  const body = { note: 'seen', ...(action === undefined ? {} : { action }) };
  return world.admin.post(`/api/v1/findings/${findingId}/resolve`, body, { key });
}

function acknowledge(findingId: string, body = {}): Promise<Answer> {
  return world.admin.post(`/api/v1/findings/${findingId}/acknowledge`, body);
}

async function refundsBooked(orderId: string): Promise<number> {
  return (await world.rows('select 1 from order_refunds where order_id = $1', [orderId])).length;
}

function expectReplayOf(first: Answer, second: Answer): void {
  expect(first.status).toBe(200);
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
}

function expectConflict(answer: Answer, detail: RegExp): void {
  expect(answer).toMatchObject({ status: 409, body: { code: 'FINDING_STATE_CONFLICT' } });
  expect(answer.body['detail']).toMatch(detail);
}

describe('an operator who sends a decision twice', () => {
  it('pays held money back once', async () => {
    const order = await anOrder().expired().make(world);
    const { id } = await held(order);
    const key = aKey();

    const first = await resolve(id, 'refund', key);
    const second = await resolve(id, 'refund', key);

    expectReplayOf(first, second);
    expect(await refundsBooked(order.id)).toBe(1);
  });

  it('recovers an order once, although nothing could be recovered by now', async () => {
    const order = await anOrder().expired().make(world);
    const { id } = await held(order);
    const key = aKey();

    const first = await resolve(id, 'recover', key);
    await world.settle();
    const second = await resolve(id, 'recover', key);

    expectReplayOf(first, second);
    expect((await world.order(order.id)).status).toBe('COMPLETED');
  });

  it('acknowledges a finding once, also without a note, and not after it was resolved', async () => {
    const id = await noted('money_kept', randomUUID(), null);

    const answers = [await acknowledge(id), await acknowledge(id, { note: 'me too' })];
    const entries = await dataOf<{ subject: string; action: string }>('/api/v1/audit-log?limit=100');
    await resolve(id);
    const late = await acknowledge(id);

    expect(answers.map(({ status, body }) => [status, body['state']])).toEqual([
      [200, 'ACKNOWLEDGED'],
      [200, 'ACKNOWLEDGED'],
    ]);
    expect(entries.filter(({ subject }) => subject === id)).toMatchObject([
      { action: 'finding.acknowledged', reason: null },
    ]);
    expectConflict(late, /resolved already/);
  });

  it('sends a parked effect again once', async () => {
    const order = await anOrder().reserved().make(world);
    await world.siblings.send(
      'POST',
      '/internal/tickets/release',
      { orderId: order.id, generation: 0, reason: 'another' },
      {
        authorization: `Bearer ${await world.get(ServiceTokens).token('ticket-service')}`,
        'x-tenant-id': world.buyer.tenantId,
        'idempotency-key': `release:${order.id}:1`,
      },
    );
    await world.cancel(order.id);
    await world.idle();
    const effects = await dataOf<{ id: string; orderId: string }>('/api/v1/effects');
    const path = `/api/v1/effects/${effects.find(({ orderId }) => orderId === order.id)?.id ?? ''}/retry`;
    const key = aKey();

    const first = await world.admin.post(path, {}, { key });
    const second = await world.admin.post(path, {}, { key });

    expectReplayOf(first, second);
    expect((await world.history(order.id)).filter((type) => type === 'effect.retried')).toHaveLength(1);
  });
});

describe('a decision about held money is refused, and the finding stays open,', () => {
  async function expectOpen(findingId: string): Promise<void> {
    const { body } = await world.admin.get(`/api/v1/findings/${findingId}`);
    expect(body['state']).toBe('OPEN');
  }

  it('when the finding is about no order', async () => {
    const id = await noted('money_kept', randomUUID(), null);

    expectConflict(await resolve(id, 'recover'), /holds no payment/);
    await expectOpen(id);
  });

  it('while the order is being recovered for other money', async () => {
    const order = await anOrder().expired().make(world);
    const [first, second] = [await held(order), await held(order)];
    await world.siblings.fault({ service: 'ticket-service', operation: 'reserve', mode: 'error-before' });
    expect((await resolve(first.id, 'recover')).status).toBe(200);

    const answer = await resolve(second.id, 'refund');

    expect(answer).toMatchObject({ status: 409, body: { code: 'ORDER_BUSY' } });
    await expectOpen(second.id);
  });

  it("while the buyer's bank disputes the payment", async () => {
    const order = await anOrder().expired().make(world);
    const { id } = await held(order);
    await world.rows('update orders set disputed = true where id = $1', [order.id]);

    const answer = await resolve(id, 'refund');

    expect(answer).toMatchObject({ status: 409, body: { code: 'ORDER_DISPUTED' } });
    expect(await refundsBooked(order.id)).toBe(0);
    await expectOpen(id);
  });

  it('when the buyer has used the purchase limit for another order', async () => {
    const event = await world.createEvent({ purchaseLimitPerBuyer: 1 });
    const order = await anOrder().for(event).expired().make(world);
    const { id } = await held(order);
    await anOrder().for(event).completed().make(world);

    expectConflict(await resolve(id, 'recover'), /purchase limit/);
    expect((await world.order(order.id)).status).toBe('EXPIRED');
    await expectOpen(id);
  });

  it('when the money has gone back already', async () => {
    const order = await anOrder().expired().make(world);
    const { id, subject } = await held(order);
    expect((await resolve(id, 'refund')).status).toBe(200);
    const again = await noted('payment_under_review', subject, order.id);

    expectConflict(await resolve(again, 'refund'), /no longer under review/);
    expect(await refundsBooked(order.id)).toBe(1);
    await expectOpen(again);
  });

  it('when nothing is left of the payment', async () => {
    const order = await anOrder().expired().make(world);
    const { id, subject } = await held(order);
    await world.rows(
      'update order_payments set refund_reserved_cents = received_cents where payment_intent_id = $1',
      [subject],
    );

    expectConflict(await resolve(id, 'refund'), /Nothing is left/);
    expect(await refundsBooked(order.id)).toBe(0);
    await expectOpen(id);
  });
});
