import { randomUUID } from 'node:crypto';
import { DEPENDENCIES, DependencyWires, type Dependency, type Loss } from '../support/dependencies.js';
import { requestOver, type HttpAnswer } from '../support/http-request.js';
import { anOrder, World, type Instance, type TestEvent } from '../support/world/index.js';

interface Cell {
  readonly away: readonly Dependency[];
  readonly how: Loss;
}

/** Each dependency alone and with each other one. */
const SETS: readonly (readonly Dependency[])[] = DEPENDENCIES.flatMap((one, index) => [
  [one],
  ...DEPENDENCIES.slice(index + 1).map((other) => [one, other]),
]);
const CELLS: readonly Cell[] = SETS.flatMap((away) =>
  (['refused', 'hung'] as const).map((how) => ({ away, how })),
);

/** What each request cannot do without. Keys of auth-service are known already. */
const NEEDS = {
  create: ['database', 'event-service', 'ticket-service'],
  reserve: ['database', 'event-service', 'ticket-service', 'payment-service'],
} as const satisfies Record<string, readonly Dependency[]>;

/** How GET /health names what is away; it says nothing of auth-service. */
const ILL: Readonly<Partial<Record<Dependency, string>>> = {
  database: 'down',
  redis: 'down',
  rabbitmq: 'down',
  'event-service': 'unreachable',
  'ticket-service': 'unreachable',
  'payment-service': 'unreachable',
};
const WELL: Readonly<Record<string, string>> = {
  database: 'ok',
  redis: 'ok',
  rabbitmq: 'ok',
  'event-service': 'reachable',
  'ticket-service': 'reachable',
  'payment-service': 'reachable',
};

let world: World;
let wires: DependencyWires;
let instance: Instance | undefined;

beforeAll(async () => {
  world = await World.start();
  wires = await DependencyWires.before(world);
});

afterEach(async () => {
  wires.mend();
  await instance?.stop();
  instance = undefined;
});

afterAll(async () => {
  await wires.stop();
  await world.stop();
});

/** A process that has served, reaches everything through the wires, and has cached nothing of `event`. */
async function processServing(token: string): Promise<Instance> {
  const started = await world.another({
    ...wires.environment,
    PROCESS_ROLES: 'http,worker',
    UPSTREAM_CONNECT_TIMEOUT_MS: '500',
    UPSTREAM_TIMEOUT_MS: '1000',
    UPSTREAM_PAYMENT_TIMEOUT_MS: '1000',
    DB_ACQUIRE_TIMEOUT_MS: '1000',
    DB_STATEMENT_TIMEOUT_MS: '500',
    DOCS_ENABLED: 'false',
  });
  instance = started;
  const served = await requestOver(started.url, { method: 'GET', path: '/api/v1/orders', token });
  expect(served.status).toBe(200);
  return started;
}

function expectedOf(needs: readonly Dependency[], { away }: Cell, success: number): number {
  return needs.some((name) => away.includes(name)) ? 503 : success;
}

function expectAnswer(answer: HttpAnswer, status: number): void {
  expect(answer).toMatchObject({ status });
  if (status !== 503) return;
  expect(answer.body).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

async function expectProbes(url: string, { away }: Cell): Promise<void> {
  const probe = (path: string): Promise<HttpAnswer> => requestOver(url, { method: 'GET', path });
  const isDatabaseAway = away.includes('database');
  const database = isDatabaseAway ? 'down' : 'ok';
  const [health, ready, startup, live, db] = await Promise.all([
    probe('/health'),
    probe('/health/ready'),
    probe('/health/startup'),
    probe('/health/live'),
    probe('/health/db'),
  ]);
  const ill = away.filter((name) => ILL[name] !== undefined);
  expect(health.body).toMatchObject({
    status: isDatabaseAway ? 'unhealthy' : ill.length > 0 ? 'degraded' : 'healthy',
    checks: { ...WELL, ...Object.fromEntries(ill.map((name) => [name, ILL[name]])) },
  });
  expect(live.status).toBe(200);
  const rest = [health.status, ready.status, startup.status, db.status];
  expect(rest).toEqual(rest.map(() => (isDatabaseAway ? 503 : 200)));
  for (const { body } of [ready, startup]) expect(body['checks']).toMatchObject({ database });
}

const named = CELLS.map((cell) => ({ ...cell, name: `${cell.away.join(' and ')} ${cell.how}` }));

it('looks at every dependency alone and in every pair, refused and hung', () => {
  expect(named).toHaveLength(2 * (7 + 21));
});

describe('with everything there', () => {
  it('is healthy, creates and reserves', async () => {
    await expectCell({ away: [], how: 'refused' });
  });
});

describe.each(named)('with $name', (cell) => {
  it('says so, keeps its probes right, and does what it can do without', async () => {
    await expectCell(cell);
  });
});

async function expectCell(cell: Cell): Promise<void> {
  const buyer = await world.person();
  const order = await anOrder().by(buyer).make(world);
  const event: TestEvent = await world.createEvent();
  const { url } = await processServing(buyer.token);
  wires.lose(cell.away, cell.how);

  const post = (path: string, body: unknown): Promise<HttpAnswer> =>
    requestOver(url, { method: 'POST', path, token: buyer.token, key: randomUUID(), body });
  const items = event.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity: 1 }));
  const [created, reserved] = await Promise.all([
    post('/api/v1/orders', { eventId: event.id, items }),
    post(`/api/v1/orders/${order.id}/reserve`, {}),
    expectProbes(url, cell),
  ]);

  expectAnswer(created, expectedOf(NEEDS.create, cell, 201));
  expectAnswer(reserved, expectedOf(NEEDS.reserve, cell, 200));
}
