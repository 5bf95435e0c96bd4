import { Admission, saleBarrierKey } from '@app/platform';
import { Client as PgClient } from 'pg';
import { eventually } from '../support/eventually.js';
import { anOrder, World, type GivenOrder, type TestEvent } from '../support/world/index.js';

/** Eight places, of which ordinary requests may have six, and four connections, of which they may have three. */
const ORDINARY = 6;
const SLOW_MS = 6_000;

let world: World;
let event: TestEvent;
let paid: GivenOrder;
let reserved: GivenOrder;
let completed: GivenOrder;

beforeAll(async () => {
  world = await World.start({
    config: {
      REQUESTS_IN_FLIGHT_MAX: '8',
      DB_POOL_MAX: '4',
      DB_LOCK_TIMEOUT_MS: '60000',
      DB_STATEMENT_TIMEOUT_MS: '60000',
      DB_ACQUIRE_TIMEOUT_MS: '60000',
    },
  });
});

beforeEach(async () => {
  event = await world.createEvent();
  paid = await anOrder().paid().make(world);
  reserved = await anOrder().reserved().make(world);
  completed = await anOrder().completed().make(world);
});

afterEach(async () => {
  await world.siblings.clearFaults();
});

afterAll(async () => {
  await world.stop();
});

/** Runs `work` while creates have every place of ordinary requests and cannot go on. @returns how they ended */
async function whileCreatesAreStuck(
  work: () => Promise<void>,
  events: readonly TestEvent[] = [event],
): Promise<readonly number[]> {
  const creates = Promise.all(
    Array.from({ length: ORDINARY }, (_none, index) =>
      world.createOrder(events[index % events.length] ?? event),
    ),
  );
  await eventually('every place of ordinary requests is taken', () => {
    return world.get(Admission).inFlight === ORDINARY;
  });
  await work();
  return (await creates).map(({ status }) => status);
}

async function expectOnlyKeptCapacity(): Promise<void> {
  const refused = await world.createOrder(event);
  expect([refused.status, refused.body]).toMatchObject([503, { code: 'OVERLOADED', retryable: true }]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  const [confirmed, cancelled, refunded] = [
    await world.confirm(paid.id, paid.intentId),
    await world.cancel(reserved.id),
    await world.refund(completed.id),
  ];
  expect([confirmed.status, cancelled.status, refunded.status]).toEqual([200, 200, 202]);
  const path = '/internal/v1/orders/bulk/cancel';
  const reason = 'The singer is ill.';
  const preview = await world.service.post(path, { eventId: completed.event.id, reason, dryRun: true });
  const calledOff = await world.service.post(path, { eventId: completed.event.id, reason });
  expect([preview.status, calledOff.status]).toEqual([200, 202]);
}

it('keeps places for confirm, cancel and refund while creates wait for a sibling', async () => {
  await world.siblings.fault({
    service: 'event-service',
    operation: 'get-event',
    mode: 'latency',
    ms: SLOW_MS,
    times: ORDINARY,
  });

  const statuses = await whileCreatesAreStuck(expectOnlyKeptCapacity);

  expect(statuses).toEqual(statuses.map(() => 201));
});

it('keeps connections for confirm, cancel and refund while creates wait in the database', async () => {
  const blocker = new PgClient({ connectionString: world.databaseUrl });
  await blocker.connect();
  await blocker.query('begin');
  // Creates of one event go together and need two connections at most.
  const events = [event, await world.createEvent(), await world.createEvent()];
  for (const { tenantId, id } of events)
    await blocker.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      saleBarrierKey(tenantId, id),
    ]);

  const statuses = await whileCreatesAreStuck(async () => {
    await eventually('creates hold all connections of ordinary requests', async () => {
      const [row] = await world.rows<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`,
      );
      return row?.waiting === 3;
    });
    await expectOnlyKeptCapacity();
    await blocker.query('rollback');
  }, events);

  expect(statuses).toEqual(statuses.map(() => 201));
  await blocker.end();
});
