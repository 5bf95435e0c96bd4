import { setTimeout as sleep } from 'node:timers/promises';
import { BulkWorld, type OperationView, type SoldEvent } from '../support/bulk-world.js';
import { KillableService, sharedKeys } from '../support/killable-service.js';

/** `npm run faults:bulk` asks for 10,000; the everyday run is a small one. */
const ORDERS = Number(process.env.BULK_FAULT_ORDERS ?? '100');
const BUYERS_AT_ONCE = 16;
const KILLS_MAX = 40;
/** How far the work may come before the next kill. */
const ORDERS_PER_KILL = Math.max(30, Math.floor(ORDERS / 12));
const PATIENCE_MS = 90_000 + ORDERS * 60;

jest.setTimeout(2 * PATIENCE_MS + ORDERS * 100);

let world: BulkWorld;
let http: KillableService;
let worker: KillableService;

beforeAll(async () => {
  world = await BulkWorld.start({ refundDelayMs: { min: 100, max: 800 } });
  const keys = sharedKeys();
  const environment = (roles: string): Record<string, string> => ({
    ...world.environment({ BULK_RATE_PER_SECOND: ORDERS > 1_000 ? '200' : '50', EFFECTS_INTERVAL_MS: '200' }),
    ...keys,
    PROCESS_ROLES: roles,
  });
  http = new KillableService(environment('http'));
  worker = new KillableService(environment('worker'));
  await Promise.all([http.start(), worker.start()]);
  world.serviceUrl = http.url;
});

afterAll(async () => {
  await Promise.all([http.stop(), worker.stop()]);
  await world.stop();
});

const STATUSES = ['PENDING', 'RESERVED', ...Array.from({ length: 8 }, () => 'COMPLETED' as const)] as const;

/** One in ten unpaid, one in ten reserved, the others with their tickets in hand. */
async function sell(event: SoldEvent): Promise<void> {
  const numbers = Array.from({ length: ORDERS }, (_entry, index) => index).values();
  const lane = async (): Promise<void> => {
    for (const number of numbers) await world.order(event, STATUSES[number % STATUSES.length] ?? 'COMPLETED');
  };
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, lane));
}

/** Kills the worker each time it has ended some more orders. @returns how often */
async function killUntilFinished(operationId: string): Promise<{ kills: number; operation: OperationView }> {
  let kills = 0;
  let killedAt = 0;
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 100) {
    const operation = await world.operation(operationId);
    if (operation.finishedAt !== null) return { kills, operation };
    const ended = await endedCount(operationId);
    if (kills < KILLS_MAX && ended < operation.total && ended - killedAt >= ORDERS_PER_KILL) {
      await worker.kill();
      kills += 1;
      killedAt = ended;
      await worker.start();
    }
    await sleep(100);
  }
  throw new Error(`The operation has not finished: ${JSON.stringify(await world.operation(operationId))}`);
}

async function endedCount(operationId: string): Promise<number> {
  const { rows } = await world.database.query<{ ended: number }>(
    `select count(*)::int as ended from operation_items where operation_id = $1 and state <> 'queued'`,
    [operationId],
  );
  return rows[0]?.ended ?? 0;
}

describe('a bulk cancel whose worker is killed again and again', () => {
  it('ends every order and pays each back exactly once', async () => {
    const event = await world.event();
    await sell(event);
    const { body } = await world.bulkCancel(event.id);
    expect(body.total).toBe(ORDERS);

    const { kills, operation } = await killUntilFinished(body.id);
    expect(kills).toBeGreaterThanOrEqual(2);
    expect(operation).toMatchObject({ status: 'SUCCEEDED', done: ORDERS, failed: 0, failures: [] });

    const { rows: statuses } = await world.database.query(
      'select status, count(*)::int as count from orders where event_id = $1 group by status order by status',
      [event.id],
    );
    expect(statuses).toEqual([
      { status: 'CANCELLED', count: ORDERS / 5 },
      { status: 'REFUNDED', count: (ORDERS * 4) / 5 },
    ]);
    const ledger = await world.ledger();
    const executed = ledger.entries.filter(
      (entry) => entry.operation === 'refund' && entry.outcome === 'executed',
    );
    expect(executed).toHaveLength((ORDERS * 4) / 5);
    expect(new Set(executed.map((entry) => entry.orderId)).size).toBe(executed.length);
    expect(executed.filter((entry) => entry.amountCents !== 11_686)).toEqual([]);
    expect(ledger.intents.filter((intent) => intent.refundedCents !== intent.amountReceivedCents)).toEqual(
      [],
    );
    const { rows: refunds } = await world.database.query(
      `select status, count(*)::int as count, count(distinct order_id)::int as orders from order_refunds group by status`,
    );
    expect(refunds).toEqual([{ status: 'SUCCEEDED', count: (ORDERS * 4) / 5, orders: (ORDERS * 4) / 5 }]);
  });
});
