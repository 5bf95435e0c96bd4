import { randomBytes, randomUUID } from 'node:crypto';
import { runDeadLetters } from '@app/platform';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';
import { ServiceWorld, type Caller, type OrderView } from '../support/service-world.js';

function canary(name: string): string {
  return `canary${name}${randomBytes(6).toString('hex')}`;
}

/** In the order, or in what siblings tell of it. */
const WORDS = {
  name: canary('name'),
  email: `${canary('mail')}@example.test`,
  line1: canary('line1'),
  metadata: canary('metadata'),
  declineReason: `${canary('decline')} for Ann Smith`,
  messageMember: canary('member'),
  brokenBody: canary('broken'),
  rpcMember: canary('rpc'),
  card: '4111 1111 1111 1111',
};
const secrets: Record<string, string> = {};

let broker: TestBroker;
let world: ServiceWorld;
let buyer: Caller;

beforeAll(async () => {
  broker = await TestBroker.open();
  world = await ServiceWorld.start({
    environment: {
      LOG_LEVEL: 'trace',
      RABBITMQ_URL: broker.url,
      RABBITMQ_PREFIX: broker.prefix,
      RELAY_INTERVAL_MS: '50',
    },
  });
  buyer = await world.user({ email: WORDS.email });
  secrets['user token'] = buyer.token;
  await eventually('the consumers are there', async () => {
    const counts = [
      await broker.consumers('order-service.events'),
      await broker.consumers('order-service.rpc'),
    ];
    return counts.every((count) => count === 1);
  });
}, 120_000);

afterAll(async () => {
  await world.stop();
  await broker.close();
});

/** The marked words and secrets found in a text, by name. */
function found(text: string): readonly string[] {
  return Object.entries({ ...WORDS, ...secrets })
    .filter(([, word]) => text.includes(word))
    .map(([name]) => name);
}

/** Everything that hangs on a message but its body. */
function outside(message: { readonly fields: object; readonly properties: object }): string {
  return JSON.stringify([message.fields, message.properties]);
}

async function reservedOrder(): Promise<OrderView> {
  const event = await world.newEvent();
  const { name, email, line1, metadata } = WORDS;
  const address = { name, email, line1, city: 'Paris', postalCode: '75001', country: 'FR' };
  const { id } = await world.pending(buyer, event, {
    billingAddress: address,
    shippingAddress: address,
    metadata: { [metadata]: metadata },
  });
  const answer = await world.send({
    method: 'POST',
    path: `/api/v1/orders/${id}/reserve`,
    token: buyer.token,
    key: randomUUID(),
  });
  const order = answer.expect(200) as OrderView;
  secrets['client secret'] = (order['payment'] as { readonly clientSecret: string }).clientSecret;
  return order;
}

it('publishes events that hold none of it', async () => {
  const order = await reservedOrder();
  const facts = { orderId: order.id, paymentIntentId: order['paymentIntentId'], tenantId: world.tenantId };
  const told = { ...facts, cardNumber: WORDS.card, buyer: { email: WORDS.email, note: WORDS.messageMember } };
  await broker.announce('payment.failed', { ...told, reason: WORDS.declineReason });
  await world.pay(order);
  await broker.announce('payment.succeeded', told);
  await eventually(
    'the order is completed',
    async () => (await world.order(buyer, order.id)).status === 'COMPLETED',
  );

  const messages = await broker.take('order.events.archive', 5);

  expect(messages.map(({ fields }) => fields.routingKey)).toEqual([
    'order.created',
    'order.reserved',
    'order.payment_failed',
    'order.confirmed',
    'order.completed',
  ]);
  for (const message of messages)
    expect(found(message.content.toString('utf8') + outside(message))).toEqual([]);
});

it('buries messages under a reason that quotes none of it, and no token with them', async () => {
  const { token } = await world.sibling({ scope: 'orders:read' });
  secrets['service token'] = token;
  const tenantId = world.tenantId;
  await broker.announce('payment.succeeded', { tenantId, orderId: WORDS.messageMember, email: WORDS.email });
  await broker.announce('payment.failed', { tenantId: WORDS.messageMember });
  await broker.announce('event.cancelled', { tenantId, eventId: randomUUID(), reason: { text: WORDS.card } });
  await broker.send(
    'tickets.issued',
    Buffer.from(`{"pattern":"tickets.issued","data":{"x":"${WORDS.brokenBody}`),
  );
  broker.channel.sendToQueue(
    broker.name('order-service.rpc'),
    Buffer.from(JSON.stringify({ pattern: 'orders.get', data: { orderId: WORDS.rpcMember } })),
    { headers: { authorization: `Bearer ${token}`, cookie: WORDS.messageMember } },
  );
  await eventually('all are buried', async () => {
    const counts = [
      await broker.count('order-service.events.dead-letters'),
      await broker.count('order-service.rpc.dead-letters'),
    ];
    return counts[0] === 4 && counts[1] === 1;
  });

  const listed = await runDeadLetters({
    action: 'list',
    sources: ['events', 'rpc'],
    id: undefined,
    limit: 100,
    url: broker.url,
    prefix: broker.prefix,
  });
  expect(listed).toHaveLength(5);
  expect(found(JSON.stringify(listed))).toEqual([]);
  await eventually(
    'they are back',
    async () => (await broker.count('order-service.events.dead-letters')) === 4,
  );
  const letters = [
    ...(await broker.take('order-service.events.dead-letters', 4)),
    ...(await broker.take('order-service.rpc.dead-letters', 1)),
  ];
  for (const letter of letters) {
    expect(letter.properties.headers?.['x-reason']).toEqual(expect.any(String));
    expect(found(outside(letter))).toEqual([]);
  }
});

it('wrote none of it into its log, down to the finest level', () => {
  const lines = world.service.logLines();
  expect(lines.filter(({ msg }) => msg === 'message').length).toBeGreaterThanOrEqual(7);
  expect(found(world.service.output)).toEqual([]);
});

it('counted none of it', async () => {
  const { text } = await world.send({ method: 'GET', path: '/metrics' });
  expect(text).toContain('inbox_messages_total');
  expect(found(text)).toEqual([]);
});

it('keeps of a message what it is called, and nothing that it said', async () => {
  for (const table of ['inbox', 'audit_log', 'outbox', 'reconciliation_findings']) {
    const text = JSON.stringify(await world.rows(`select to_jsonb(t) as row from ${table} t`));
    expect([table, found(text)]).toEqual([table, []]);
  }
});
