import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { halfMadeRows } from '../support/half-made-rows.js';
import { sendRaw } from '../support/http-request.js';
import { ServiceWorld, type Caller } from '../support/service-world.js';
import { Pool, type Known } from './known-things.js';
import { rawRequestsOf, type RawRequest } from './raw-grammar.js';
import { requestsOf, type MadeRequest } from './request-grammar.js';
import { Tally } from './tally.js';

/** `npm run fuzz` sets many requests and a seed of the day; here the same few run every time. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? '500');
const SEED = Number(process.env.FUZZ_SEED ?? '20260101');
const BATCH = 8;
/** Of a batch, this many are written byte by byte. */
const RAW = 2;
/** Bulk cancels and policies use events up: a new one is on sale after so many batches. */
const BATCHES_PER_EVENT = 25;
/** Tokens outlive the longest run. */
const FOR_LONG = { exp: Math.floor(Date.now() / 1_000) + 86_400 };

let world: ServiceWorld;
let buyer: Caller;

beforeAll(async () => {
  world = await ServiceWorld.start({ environment: { LOG_LEVEL: 'error' } });
  buyer = await world.user(FOR_LONG);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

async function knownThings(): Promise<Known> {
  const [admin, sibling] = [await world.user({ ...FOR_LONG, role: 'admin' }), await world.sibling(FOR_LONG)];
  const names = ['orderId', 'itemId', 'paymentIntentId', 'promoCodeId', 'policyId', 'operationId'];
  const pools = {
    ...Object.fromEntries(names.map((name) => [name, new Pool()])),
    // What is on sale belongs together: an order of one event's tickets at another event is refused.
    eventId: new Pool(1),
    ticketTypeId: new Pool(1),
    doomedEventId: new Pool(),
  };
  const constant = (...values: readonly string[]): Pool => {
    const pool = new Pool();
    pool.add(...values);
    return pool;
  };
  const known: Known = {
    tokens: { buyer: buyer.token, admin: admin.token, sibling: sibling.token },
    byName: {
      ...pools,
      currency: constant('USD'),
      country: constant('FR', 'US', 'DE', 'JP'),
      phone: constant('+33 6 00 00 00 00', '☎☎☎'),
      email: constant('ann@example.test', '"odd one"@example.test', 'ünï@exämple.test'),
      code: constant(...Array.from({ length: 40 }, () => `F-${randomUUID()}`)),
      kind: constant('percentage'),
      effectiveFrom: constant('2039-01-01T00:00:00Z'),
      startsAt: constant('2026-01-01T00:00:00Z'),
      endsAt: constant('2038-01-01T00:00:00Z'),
    },
    rarely: [
      'unitPriceCents',
      'expectedTotalCents',
      'promoCode',
      'amountCents',
      'processingFeeFixed',
      'minimumCents',
    ],
    keys: constant(randomUUID()),
    anyId: () =>
      fc
        .constantFrom('orderId', 'ticketTypeId', 'itemId')
        .chain((name) => (known.byName[name] ?? new Pool()).any()),
  };
  await putOnSale(known);
  return known;
}

/** A fresh event, with one order in each state that requests alone do not reach. */
async function putOnSale({ byName }: Known): Promise<void> {
  const event = await world.newEvent();
  byName['eventId']?.add(event.id);
  byName['doomedEventId']?.add((await world.newEvent()).id);
  byName['ticketTypeId']?.add(...event.ticketTypes.map(({ id }) => id));
  const paid = await world.reserved(buyer, event);
  await world.pay(paid);
  const orders = [
    await world.pending(buyer, event),
    await world.reserved(buyer, event),
    paid,
    await world.completed(buyer, event),
  ];
  byName['orderId']?.add(...orders.map(({ id }) => id));
  byName['itemId']?.add(...orders.flatMap(({ items }) => items.map(({ id }) => id)));
  byName['paymentIntentId']?.add(String(paid['paymentIntentId']));
}

/** Where the id of what a route makes is known by. */
const MADE_BY: Readonly<Record<string, string>> = {
  'POST /api/v1/orders': 'orderId',
  'POST /api/v1/promo-codes': 'promoCodeId',
  'POST /api/v1/pricing-policies': 'policyId',
  'POST /api/v1/refund-policies': 'policyId',
  'POST /internal/v1/orders/bulk/cancel': 'operationId',
};

async function ask(request: MadeRequest, known: Known, tally: Tally): Promise<void> {
  const answer = await world.send(request);
  tally.count(request.route, answer.status, answer.status < 400 ? undefined : answer.code);
  if (request.key !== undefined) known.keys.add(request.key);
  const { id } = answer.body;
  const made = MADE_BY[request.route];
  if (made !== undefined && answer.status < 300 && typeof id === 'string') known.byName[made]?.add(id);
  if (answer.status >= 500)
    throw new Error(`was answered ${answer.status}: ${answer.text}\n${JSON.stringify(request)}`);
  if (answer.status >= 400 && typeof answer.code !== 'string')
    throw new Error(`was refused without a code: ${answer.text}\n${JSON.stringify(request)}`);
}

async function askRaw({ deed, bytes }: RawRequest, tally: Tally): Promise<void> {
  const shown = `${deed}: ${bytes.subarray(0, 600).toString('latin1')}`;
  const answer = await sendRaw(world.service.url, bytes).catch((error: unknown) => {
    throw new Error(`broke the connection: ${shown}`, { cause: error });
  });
  tally.count(`raw: ${deed}`, answer.status, undefined);
  if (answer.status < 200 || answer.status >= 500)
    throw new Error(`was answered ${answer.status}: ${answer.body.slice(0, 500)}\n${shown}`);
}

it(`answers ${REQUESTS} requests of a grammar made from its own description without one 5xx`, async () => {
  const known = await knownThings();
  const document = (await world.send({ method: 'GET', path: '/openapi.json' })).expect(200);
  const requests = requestsOf(document as Record<string, unknown>, known);
  const raw = rawRequestsOf(requests);
  const tally = new Tally();
  for (let asked = 0, batch = 0; asked < REQUESTS; asked += BATCH, batch += 1) {
    if (batch % BATCHES_PER_EVENT === BATCHES_PER_EVENT - 1) await putOnSale(known);
    const seed = SEED + batch;
    await Promise.all([
      ...fc.sample(requests, { numRuns: BATCH - RAW, seed }).map((request) => ask(request, known, tally)),
      ...fc.sample(raw, { numRuns: RAW, seed }).map((request) => askRaw(request, tally)),
    ]);
  }
  if (process.env.FUZZ_REQUESTS !== undefined) process.stdout.write(tally.table());
  // A generator that never gets past the first check would prove nothing.
  expect(tally.statuses()).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404, 409, 415, 422]));
  expect(tally.share((status) => status < 300)).toBeGreaterThan(0.3);
  expect(tally.of('POST /api/v1/orders', 201)).toBeGreaterThan(REQUESTS / 50);
  expect(await halfMadeRows(world)).toEqual({});
  expect(world.service.logLines()).toEqual([]);
  expect(world.service.isRunning).toBe(true);
}, 7_200_000);
