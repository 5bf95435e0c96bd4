import { randomUUID } from 'node:crypto';
import { NotePaymentFailure, ORDER_EVENT_TYPES, RemindBuyers } from '@app/orders';
import { problemsOf, undescribedMembers } from '../support/asyncapi.js';
import { anOrder, World, type GivenOrder } from '../support/world/index.js';

interface PublishedRow {
  readonly type: string;
  readonly payload: { readonly data: Readonly<Record<string, unknown>> };
}

let world: World;
let published: readonly PublishedRow[];

/** Everything that can happen to an order, once each. */
beforeAll(async () => {
  world = await World.start();
  await anOrder().for({ unitPriceCents: 10_000 }).cancelled().make(world);
  await refunds();
  await failures();
  await latePayments();
  published = await world.rows<PublishedRow>('select type, payload from outbox order by created_at, id');
});

afterAll(async () => {
  await world.stop();
});

async function refunds(): Promise<void> {
  const order = await anOrder().quantity(2).completed().make(world);
  const { items } = await world.order(order.id);
  await world.siblings.settings({ refundOutcome: 'fail' });
  await world.refund(order.id);
  await world.settle();
  await world.siblings.settings({ refundOutcome: 'succeed' });
  await world.refund(order.id, { items: [{ itemId: items[0]?.id, quantity: 1 }] });
  await world.settle();
  await world.refund(order.id);
  await world.settle();
}

async function failures(): Promise<void> {
  const order = await anOrder().reserved().make(world);
  await world.get(NotePaymentFailure).execute(
    {
      pattern: 'payment.failed',
      tenantId: order.event.tenantId,
      messageId: randomUUID(),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      payload: {},
    },
    { orderId: order.id, paymentIntentId: order.intentId, reason: 'card_declined' },
  );
  await world.rows(
    `update orders set reserved_at = now() - interval '11 minutes', expires_at = now() + interval '4 minutes' where id = $1`,
    [order.id],
  );
  await world.get(RemindBuyers).remind(10);
}

/** The order expires by a fence that gave up; then its money comes. */
async function paidTooLate(order: GivenOrder): Promise<void> {
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
  await world.siblings.pay(order.intentId);
  await world.siblings.clearFaults();
}

async function latePayments(): Promise<void> {
  const recovered = await anOrder().for({ capacity: 1 }).reserved().make(world);
  await paidTooLate(recovered);
  await world.confirm(recovered.id, recovered.intentId);
  await world.settle();
  const returned = await anOrder().for({ capacity: 1 }).reserved().make(world);
  await paidTooLate(returned);
  await world.siblings.changeEvent(returned.event.id, { status: 'CANCELLED' });
  world.forgetCatalogue(returned.event);
  await world.confirm(returned.id, returned.intentId);
  await world.settle();
}

describe('the events of real orders', () => {
  it('are of every type there is', () => {
    expect([...new Set(published.map(({ type }) => type))].sort()).toEqual([...ORDER_EVENT_TYPES].sort());
  });

  it('are what docs/asyncapi.yaml describes', () => {
    expect(
      published.flatMap(({ type, payload }) => problemsOf(type, { pattern: type, data: payload })),
    ).toEqual([]);
  });

  it('carry nothing that it does not describe', () => {
    expect(new Set(published.flatMap(({ payload }) => undescribedMembers(payload.data)))).toEqual(new Set());
  });

  it('say which payment failed, and why when the reason is a code', () => {
    const failed = published.find(({ type }) => type === 'order.payment_failed');

    expect(failed?.payload.data.reason).toBe('card_declined');
    expect(failed?.payload.data.paymentIntentId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
