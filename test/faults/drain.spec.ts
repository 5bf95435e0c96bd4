import { randomUUID } from 'node:crypto';
import { checkBooks } from '../../scripts/invariants/check-books.js';
import { loadBooksAtRest } from '../../scripts/invariants/load-books.js';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/service-process.js';
import { ServiceWorld, type Caller, type OrderView, type SandboxEvent } from '../support/service-world.js';
import { CLIENT_KINDS, type Experience } from './drain-clients.js';

/** `npm run faults` ends the process many times; every run of the tests once. */
const ROUNDS = process.env.FAULTS === 'all' ? 20 : 1;
const CLIENTS_OF_A_KIND = 3;
const PAID = 12;
const PATIENCE_MS = 60_000;
const REST_WITHIN_MS = 30_000;

let broker: TestBroker;
let world: ServiceWorld;
/** The other role, in a process of its own. */
let worker: ServiceProcess;
let event: SandboxEvent;
let buyer: Caller;

beforeAll(async () => {
  broker = await TestBroker.open();
  const environment = {
    RABBITMQ_URL: broker.url,
    RABBITMQ_PREFIX: broker.prefix,
    EFFECTS_INTERVAL_MS: '200',
    // A busy machine must not look like a sibling that is away.
    UPSTREAM_CONNECT_TIMEOUT_MS: '4000',
    UPSTREAM_TIMEOUT_MS: '9000',
    UPSTREAM_PAYMENT_TIMEOUT_MS: '9000',
  };
  world = await ServiceWorld.start({ environment: { ...environment, PROCESS_ROLES: 'http' } });
  worker = await ServiceProcess.start({
    siblings: world.sandbox.url,
    database: world.service.database,
    environment: { ...environment, PROCESS_ROLES: 'worker' },
  });
  event = await world.newEvent();
  buyer = await world.user();
}, 180_000);

afterAll(async () => {
  if (worker.isRunning) await worker.kill();
  await world.stop();
  await broker.close();
});

interface Crowd {
  readonly seen: Readonly<Record<string, Experience>>;
  isOver: boolean;
  readonly gone: Promise<unknown>;
}

function crowd(): Crowd {
  const shop = { url: world.service.url, token: buyer.token, body: JSON.stringify(world.orderBody(event)) };
  const kinds = Object.entries(CLIENT_KINDS).map(([kind, run]) => ({
    kind,
    run,
    seen: { acknowledged: [], refused: [], broken: [] } satisfies Experience,
  }));
  const state = { isOver: false };
  const clients = kinds.flatMap(({ run, seen }) =>
    Array.from({ length: CLIENTS_OF_A_KIND }, () => run(shop, seen, () => state.isOver)),
  );
  return Object.assign(state, {
    seen: Object.fromEntries(kinds.map(({ kind, seen }) => [kind, seen])),
    gone: Promise.all(clients),
  });
}

async function paidOrder(): Promise<OrderView> {
  const order = await world.reserved(buyer, event);
  await world.pay(order);
  return order;
}

async function announcePayment(order: OrderView): Promise<void> {
  await broker.announce(
    'payment.succeeded',
    {
      paymentIntentId: order['paymentIntentId'],
      orderId: order.id,
      tenantId: world.tenantId,
      amountCents: order['totalCents'],
      currency: order['currency'],
    },
    { messageId: randomUUID() },
  );
}

async function oneRound(): Promise<void> {
  const orders: OrderView[] = [];
  for (let count = 0; count < PAID; count += 1) orders.push(await paidOrder());
  const ids = orders.map(({ id }) => id);
  // So slow that effects are under way, and messages still to be acknowledged, when the end comes.
  for (const operation of ['confirm', 'get-intent']) {
    const service = operation === 'confirm' ? 'ticket-service' : 'payment-service';
    await world.play('PUT', '/sandbox/faults', { service, operation, mode: 'latency', ms: 300 });
  }
  const buyers = crowd();
  await eventually(
    'every kind of client buys',
    () => Object.values(buyers.seen).every(({ acknowledged }) => acknowledged.length >= CLIENTS_OF_A_KIND),
    PATIENCE_MS,
  );
  await Promise.all(orders.map(announcePayment));
  await eventually(
    'the first is confirmed',
    async () => (await world.count('orders where id = any($1) and confirmed_at is not null', [ids])) > 0,
    PATIENCE_MS,
  );

  const ends = await Promise.all([world.service.stop(), worker.stop()]);
  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
  buyers.isOver = true;
  await buyers.gone;
  await world.play('DELETE', '/sandbox/faults');

  for (const [kind, { broken, refused }] of Object.entries(buyers.seen)) {
    expect({ kind, broken }).toEqual({ kind, broken: [] });
    expect({ kind, refused: refused.filter((code) => code !== '503 SHUTTING_DOWN') }).toEqual({
      kind,
      refused: [],
    });
  }
  const acknowledged = Object.values(buyers.seen).flatMap((seen) => seen.acknowledged);
  expect(await world.count('orders where id = any($1)', [acknowledged])).toBe(new Set(acknowledged).size);
  expect(await world.count(`idempotency_keys where state = 'running'`)).toBe(0);
  expect(await world.count('order_effects where lease_until > now()')).toBe(0);

  await Promise.all([world.service.launch(), worker.launch()]);
  await eventually(
    'every paid order has its tickets',
    async () => (await world.count(`orders where id = any($1) and status = 'COMPLETED'`, [ids])) === PAID,
    PATIENCE_MS,
  );
}

describe('processes of both roles that are told to end in the middle of everything', () => {
  it.each(Array.from({ length: ROUNDS }, (_entry, index) => index + 1))(
    'break no connection, lose nothing they acknowledged, and leave nothing half-done (round %i)',
    oneRound,
  );

  it('have applied each message once, and all books agree', async () => {
    await eventually(
      'no message is left',
      async () => (await broker.count('order-service.events')) === 0,
      PATIENCE_MS,
    );
    expect(await broker.count('order-service.events.dead-letters')).toBe(0);
    expect(await world.count(`inbox where pattern = 'payment.succeeded'`)).toBe(ROUNDS * PAID);
    const books = await loadBooksAtRest(
      { databaseUrl: world.service.database.url, sandboxUrl: world.sandbox.url },
      { patienceMs: REST_WITHIN_MS },
    );
    expect(checkBooks(books)).toEqual([]);
  });
});
