import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { halfMadeRows } from '../support/half-made-rows.js';
import type { HttpAnswer, HttpRequest } from '../support/http-request.js';
import { ServiceWorld, type Caller, type OrderView, type SandboxEvent } from '../support/service-world.js';

const KILLS = 3;
const CLIENTS = 6;
/** A later kill finds more requests at other places; where exactly is chance. */
const ACKNOWLEDGED_BEFORE_KILL_MAX = 25;
/** A key or an operation whose holder died is free after 20 s. */
const TAKE_OVER_WITHIN_MS = 60_000;

let world: ServiceWorld;
let event: SandboxEvent;

beforeAll(async () => {
  world = await ServiceWorld.start();
  event = await world.newEvent();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

/** One intention under one key, with every answer it got. */
interface Intention {
  readonly request: HttpRequest;
  readonly answers: HttpAnswer[];
}

function intention(request: HttpRequest): Intention {
  return { request: { ...request, key: randomUUID() }, answers: [] };
}

/** Sends the request once; a broken connection leaves the client without an answer. */
async function attempt({ request, answers }: Intention): Promise<HttpAnswer | undefined> {
  const answer = await world.send(request).catch(() => undefined);
  if (answer !== undefined) answers.push(answer);
  return answer;
}

/** Repeats the request under its key, as a client does, until the answer is one that stands. */
async function settle(wish: Intention): Promise<HttpAnswer> {
  const patienceMs = Date.now() + TAKE_OVER_WITHIN_MS;
  while (Date.now() < patienceMs) {
    const answer = await attempt(wish);
    if (answer !== undefined && answer.body['retryable'] !== true) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${wish.request.path} never settled: ${wish.answers.at(-1)?.text ?? 'no answer at all'}`);
}

/** Buys and reserves without pause until the process is gone. */
async function buyer(caller: Caller, wishes: Intention[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const create = intention({
      method: 'POST',
      path: '/api/v1/orders',
      token: caller.token,
      body: world.orderBody(event),
    });
    wishes.push(create);
    const created = await attempt(create);
    if (created?.status !== 201) continue;
    const { id } = created.body as OrderView;
    const reserve = intention({
      method: 'POST',
      path: `/api/v1/orders/${id}/reserve`,
      token: caller.token,
    });
    wishes.push(reserve);
    await attempt(reserve);
  }
}

it('replays or completes every key after kill -9 at random moments, with one order per key', async () => {
  const callers = await Promise.all(Array.from({ length: CLIENTS }, () => world.user()));
  const wishes: Intention[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = acknowledgedOf(wishes);
    const wanted = 1 + Math.floor(Math.random() * ACKNOWLEDGED_BEFORE_KILL_MAX);
    let isOver = false;
    const buying = callers.map((caller) => buyer(caller, wishes, () => isOver));
    await eventually('some requests are through', () => acknowledgedOf(wishes) >= before + wanted);
    await world.service.kill();
    isOver = true;
    await Promise.all(buying);
    await world.service.launch();
  }
  expect(wishes.length).toBeGreaterThan(KILLS * CLIENTS);

  const settled = await Promise.all(wishes.map(settle));
  for (const [index, answer] of settled.entries()) {
    const wish = wishes[index];
    expect([wish?.request.path, answer.status]).toEqual([
      wish?.request.path,
      wish?.request.path === '/api/v1/orders' ? 201 : 200,
    ]);
    // Whatever was acknowledged once is what every repetition says.
    for (const earlier of wish?.answers ?? []) {
      if (earlier.status < 300) expect(idAndNumber(earlier)).toEqual(idAndNumber(answer));
    }
  }

  const creates = wishes.filter(({ request }) => request.path === '/api/v1/orders');
  expect(await world.count('orders')).toBe(creates.length);
  const ids = settled.map((answer) => (answer.body as OrderView).id);
  expect(new Set(ids).size).toBe(creates.length);
  expect(await halfMadeRows(world)).toEqual({});
  await expectOneHoldAndIntentEach(wishes.length - creates.length);
}, 300_000);

function acknowledgedOf(wishes: readonly Intention[]): number {
  return wishes.filter(({ answers }) => answers.some(({ status }) => status < 300)).length;
}

function idAndNumber({ body }: HttpAnswer): unknown {
  return [body['id'], body['orderNumber']];
}

/** The siblings' own books: one living payment for each reserved order, and as many seats held. */
async function expectOneHoldAndIntentEach(reserved: number): Promise<void> {
  const isDone = (status: unknown): boolean => status === 'canceled';
  await eventually('everything undone is undone', async () => {
    const ledger = (await world.play('GET', '/sandbox/ledger')).body;
    const intents = ledger['intents'] as readonly { readonly status: string }[];
    return intents.filter(({ status }) => !isDone(status)).length === reserved;
  });
  const { body } = await world.play('GET', '/sandbox/ledger');
  const stock = body['stock'] as readonly { readonly ticketTypeId: string; readonly held: number }[];
  const [type] = event.ticketTypes;
  expect(stock.find(({ ticketTypeId }) => ticketTypeId === type?.id)?.held).toBe(reserved);
}
