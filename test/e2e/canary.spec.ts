import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { requestOver } from '../support/http-request.js';
import { ServiceWorld, type Caller, type OrderView } from '../support/service-world.js';
import { TraceCollector } from '../support/trace-collector.js';

/** A word nobody else uses, so that it can be found wherever it went. */
function canary(name: string): string {
  return `canary${name}${randomBytes(6).toString('hex')}`;
}

const IN_ORDERS = {
  name: canary('name'),
  email: `${canary('mail')}@example.test`,
  phone: '+33 6 99 88 77 66 55',
  line1: canary('line1'),
  line2: canary('line2'),
  city: canary('city'),
  region: canary('region'),
  postalCode: '99-77-55',
  metadataKey: canary('key'),
  metadataValue: canary('value'),
  cancelReason: canary('cancel'),
  refundReason: canary('refund'),
  expireReason: canary('expire'),
};
const REFUSED = {
  promoCode: canary('promo'),
  unknownMember: canary('member'),
  brokenJson: canary('broken'),
  query: canary('query'),
  path: canary('path'),
  header: canary('header'),
  userAgent: canary('agent'),
  cookie: canary('cookie'),
  card: '4111 1111 1111 1111',
};

let world: ServiceWorld;
let collector: TraceCollector;
let buyer: Caller;
/** Opens doors: tokens, the client secret, idempotency keys. */
const secrets: Record<string, string> = {};
const refusals: string[] = [];

beforeAll(async () => {
  collector = await TraceCollector.start();
  world = await ServiceWorld.start({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  buyer = await world.user({ email: IN_ORDERS.email, name: IN_ORDERS.name });
  secrets['user token'] = buyer.token;
  await live();
  await complain();
}, 120_000);

afterAll(async () => {
  await world.stop();
  await collector.stop();
});

async function post(path: string, body: unknown, caller = buyer): Promise<OrderView> {
  const key = randomUUID();
  secrets[`key of ${path}`] = key;
  const answer = await world.send({ method: 'POST', path, token: caller.token, key, body });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
  return answer.json() as OrderView;
}

function marked(): Readonly<Record<string, unknown>> {
  const { metadataKey, metadataValue, name, email, phone, line1, line2, city, region, postalCode } =
    IN_ORDERS;
  const address = { name, email, phone, line1, line2, city, region, postalCode, country: 'FR' };
  return { billingAddress: address, shippingAddress: address, metadata: { [metadataKey]: metadataValue } };
}

/** Everything that can happen to an order, with a marked word in every field that takes one. */
async function live(): Promise<void> {
  const event = await world.newEvent();
  const sibling = await world.sibling();
  secrets['service token'] = sibling.token;
  const [cancelled, expired, refunded] = [
    await post('/api/v1/orders', world.orderBody(event, marked())),
    await post('/api/v1/orders', world.orderBody(event, marked())),
    await post('/api/v1/orders', world.orderBody(event, marked())),
  ];
  const reserved = await post(`/api/v1/orders/${refunded.id}/reserve`, {});
  const { clientSecret } = reserved['payment'] as { readonly clientSecret: string };
  secrets['client secret'] = clientSecret;
  await world.pay(reserved);
  const paymentIntentId = reserved['paymentIntentId'];
  await post(`/internal/v1/orders/${refunded.id}/confirm`, { paymentIntentId }, sibling);
  await eventually('the tickets are issued', async () => {
    return (await world.order(buyer, refunded.id)).status === 'COMPLETED';
  });
  await post(`/api/v1/orders/${refunded.id}/refund`, { reason: IN_ORDERS.refundReason });
  await post(`/api/v1/orders/${cancelled.id}/cancel`, { reason: IN_ORDERS.cancelReason });
  await post(`/internal/v1/orders/${expired.id}/expire`, { reason: IN_ORDERS.expireReason }, sibling);
  await eventually('the refund is settled', async () => {
    return (await world.order(buyer, refunded.id)).status === 'REFUNDED';
  });
}

/** Requests that are refused, with a marked word wherever a client may put one. */
async function complain(): Promise<void> {
  const event = await world.newEvent();
  const { token } = buyer;
  const create = { method: 'POST', path: '/api/v1/orders', token };
  const headers = {
    'user-agent': REFUSED.userAgent,
    cookie: `session=${REFUSED.cookie}`,
    'x-request-id': `not fit: ${REFUSED.header}`,
    traceparent: REFUSED.header,
  };
  const forged = `${token.slice(0, -12)}${randomBytes(9).toString('base64url')}`;
  secrets['forged token'] = forged;
  const answers = await Promise.all([
    world.send({
      ...create,
      headers,
      key: randomUUID(),
      body: world.orderBody(event, { promoCode: REFUSED.promoCode }),
    }),
    world.send({
      ...create,
      headers,
      key: randomUUID(),
      body: { ...marked(), cardNumber: REFUSED.card, note: REFUSED.unknownMember },
    }),
    world.send({ ...create, headers, key: randomUUID(), raw: `{"note":"${REFUSED.brokenJson}` }),
    world.send({ ...create, headers, key: REFUSED.header, body: {} }),
    world.send({ method: 'GET', path: `/api/v1/orders?status=${REFUSED.query}`, token, headers }),
    world.send({ method: 'GET', path: `/api/v1/orders?cursor=${REFUSED.query}`, token, headers }),
    world.send({ method: 'GET', path: `/api/v1/orders/x?email=${REFUSED.query}`, token, headers }),
    world.send({ method: 'GET', path: `/nowhere?${REFUSED.query}`, headers }),
    world.send({ method: 'GET', path: '/api/v1/orders', token: forged, headers }),
    world.send({ ...create, token: forged, key: randomUUID(), body: world.orderBody(event, marked()) }),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    refusals.push(answer.text);
  }
}

/** The marked words found in a text, by name. */
function found(text: string, words: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(words)
    .filter(([, word]) => text.includes(word) || text.includes(encodeURIComponent(word)))
    .map(([name]) => name);
}

async function tableText(table: string): Promise<string> {
  return JSON.stringify(await world.rows(`select to_jsonb(t) as row from ${table} t`));
}

it('logs none of it', async () => {
  await eventually('the last request is logged', () => world.service.output.includes('"status":401'));
  const { output } = world.service;
  expect(world.service.logLines().length).toBeGreaterThan(30);
  expect(found(output, { ...IN_ORDERS, ...REFUSED, ...secrets })).toEqual([]);
});

it('counts none of it', async () => {
  const { text } = await requestOver(world.service.url, { method: 'GET', path: '/metrics' });
  expect(text).toContain('orders_created_total');
  expect(
    found(text, { ...IN_ORDERS, ...REFUSED, ...secrets, buyer: buyer.id, tenant: world.tenantId }),
  ).toEqual([]);
});

it('traces none of it', async () => {
  await eventually(
    'the last effect has left',
    () => collector.received.includes('effect payments.refund') && collector.received.includes('/refund'),
    30_000,
  );
  // Protobuf keeps every text as it is.
  const text = collector.received.toString('latin1');
  expect(text).toContain('POST /api/v1/orders/:orderId/cancel');
  expect(found(text, { ...IN_ORDERS, ...REFUSED, ...secrets, buyer: buyer.id })).toEqual([]);
});

it('publishes none of it', async () => {
  const text = await tableText('outbox');
  expect(text).toContain('order.refunded');
  expect(found(text, { ...IN_ORDERS, ...secrets })).toEqual([]);
});

it('says none of it to those it refuses', () => {
  const { header, ...rest } = REFUSED;
  expect(refusals).toHaveLength(10);
  expect(found(refusals.join('\n'), { ...IN_ORDERS, ...rest, header, ...secrets })).toEqual([]);
});

it('keeps the client secret nowhere in clear, and tokens nowhere at all', async () => {
  const tables = await world.rows(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const { 'client secret': secret = '', 'user token': token = '', 'service token': service = '' } = secrets;
  for (const { name } of tables) {
    const text = await tableText(String(name));
    expect([name, found(text, { secret, token, service })]).toEqual([name, []]);
  }
});

it('keeps names, addresses and reasons only where they belong', async () => {
  const places: Readonly<Record<string, readonly string[]>> = {
    order_addresses: ['name', 'email', 'phone', 'line1', 'line2', 'city', 'region', 'postalCode'],
    orders: ['metadataKey', 'metadataValue', 'cancelReason', 'expireReason'],
    order_refunds: ['refundReason'],
    // What payment-service is told, byte for byte, at every attempt.
    order_effects: ['refundReason'],
    order_events: ['cancelReason', 'refundReason', 'expireReason'],
  };
  // A stored answer is the order body as its buyer got it.
  const everywhere = ['idempotency_keys'];
  const tables = await world.rows(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const table = String(name);
    if (everywhere.includes(table)) continue;
    const allowed = places[table] ?? [];
    const strays = found(await tableText(table), IN_ORDERS).filter((word) => !allowed.includes(word));
    expect([table, strays]).toEqual([table, []]);
  }
  expect(found(await tableText('order_addresses'), IN_ORDERS)).toContain('email');
});
