import fc from 'fast-check';
import { halfMadeRows } from '../support/half-made-rows.js';
import type { HttpAnswer, HttpRequest } from '../support/http-request.js';
import { ServiceWorld } from '../support/service-world.js';
import { requestsOf } from './request-grammar.js';

/** `npm run fuzz` sets many requests and a seed of the day; here the same few run every time. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? '500');
const SEED = Number(process.env.FUZZ_SEED ?? '20260101');
const BATCH = 8;

let world: ServiceWorld;

beforeAll(async () => {
  world = await ServiceWorld.start({ environment: { LOG_LEVEL: 'error' } });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

async function arbitraryRequests(): Promise<fc.Arbitrary<HttpRequest>> {
  const [buyer, admin, sibling] = [
    await world.user(),
    await world.user({ role: 'admin' }),
    await world.sibling(),
  ];
  const event = await world.newEvent();
  const [pending, reserved, completed] = [
    await world.pending(buyer, event),
    await world.reserved(buyer, event),
    await world.completed(buyer, event),
  ];
  const openapi = await world.send({ method: 'GET', path: '/openapi.json' });
  const ids = [pending, reserved, completed].flatMap(({ id, items }) => [
    id,
    ...items.map((item) => item.id),
  ]);
  return requestsOf(openapi.expect(200) as Record<string, unknown>, {
    tokens: [buyer.token, buyer.token, admin.token, sibling.token],
    ids: [...ids, event.id, ...event.ticketTypes.map((type) => type.id)],
    byName: {
      orderId: [pending.id, reserved.id, completed.id],
      eventId: [event.id],
      ticketTypeId: event.ticketTypes.map((type) => type.id),
      itemId: completed.items.map((item) => item.id),
      currency: ['USD'],
      country: ['FR', 'US'],
    },
  });
}

/** What no request may ever bring about; undefined when all is well. */
function misbehaviour({ method, path }: HttpRequest, answer: HttpAnswer): string | undefined {
  if (answer.status >= 500) return `${method} ${path} was answered ${answer.status}: ${answer.text}`;
  const isProblem = answer.status < 400 || typeof answer.code === 'string';
  return isProblem ? undefined : `${method} ${path} was refused without a code: ${answer.text}`;
}

it(`answers ${REQUESTS} requests of a grammar made from its own description without one 5xx`, async () => {
  const requests = fc.sample(await arbitraryRequests(), { numRuns: REQUESTS, seed: SEED });
  const statuses = new Map<number, number>();
  for (let start = 0; start < requests.length; start += BATCH) {
    const batch = requests.slice(start, start + BATCH);
    const answers = await Promise.all(batch.map((request) => world.send(request)));
    for (const [index, answer] of answers.entries()) {
      const request = batch[index];
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const wrong = request === undefined ? undefined : misbehaviour(request, answer);
      if (wrong !== undefined) throw new Error(`${wrong}\n${JSON.stringify(request)}`);
    }
  }
  // A generator that never gets past the first check would prove nothing.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 409]));
  expect(await halfMadeRows(world)).toEqual({});
  expect(world.service.isRunning).toBe(true);
}, 3_600_000);
