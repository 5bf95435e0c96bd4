import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { insertOrders } from '../bulk-orders.js';
import { closedLoad } from '../closed-load.js';
import { inLanes, Journey } from '../journey.js';
import { createPendingOrders } from '../pending-orders.js';
import { basketOf, createRequest, newBuyers, newShow, Queue, type Show } from '../people.js';
import { UsageWatch, type Consumption } from '../process-usage.js';
import { unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally, type Measure } from '../tally.js';

const ORDERS = 10_000;
/** Each reservation has to be made first, seat by seat. */
const RESERVED_SHARE = 5;
const SMALL_SHARE = 10;
const BESIDE_CONNECTIONS = 4;
const RESERVE_LANES = 16;
const LOOK_EVERY_MS = 50;
/** Below fifty a second something hangs. */
const PATIENCE_PER_ORDER_MS = 20;
const PATIENCE_MS = 60_000;

interface Round {
  readonly kind: 'PENDING' | 'RESERVED';
  readonly count: number;
  readonly perSecond: number;
  readonly cpuMsPerOrder: number;
  readonly isOver: boolean;
}

/** Makes many orders overdue at one moment and watches them end, with and without creates beside it. */
export async function expiry(stage: Stage): Promise<ScenarioResult> {
  const { stack, options } = stage;
  const count = options.orders ?? ORDERS;
  const show = await newShow(stack, 'Expiry');
  const small = await expirePending(stage, show, Math.max(1, Math.ceil(count / SMALL_SHARE)));
  const large = await expirePending(stage, show, count);
  const reserved = await expireReserved(stage, show, Math.max(1, Math.ceil(count / RESERVED_SHARE)));
  const seconds = Math.min(options.seconds, Math.max(1, Math.floor(count / large.perSecond)));
  const alone = await createsFor(stage, show, 'create, nothing beside it', seconds);
  const beside = await besideExpiry(stage, show, count, seconds);
  const watched: Consumption = {
    cpuMs: [small, large, reserved].reduce((sum, round) => sum + round.cpuMsPerOrder * round.count, 0),
    rssMaxMib: beside.consumption.rssMaxMib,
  };
  const measures = [alone, beside.measure];
  return {
    measures,
    figures: {
      pendingOrders: large.count,
      pendingExpiredPerSecond: large.perSecond,
      pendingCpuMsPerOrder: large.cpuMsPerOrder,
      cpuPerOrderToSmallBacklog: rounded(large.cpuMsPerOrder / small.cpuMsPerOrder, 2),
      rateToSmallBacklog: rounded(large.perSecond / small.perSecond, 2),
      reservedOrders: reserved.count,
      reservedExpiredPerSecond: reserved.perSecond,
      reservedCpuMsPerOrder: reserved.cpuMsPerOrder,
      createRateBesideExpiry: rounded(beside.measure.perSecond / alone.perSecond, 2),
    },
    consumption: watched,
    unexpected: [
      ...[small, large, reserved, beside.round]
        .filter(({ isOver }) => !isOver)
        .map(({ kind, count: wanted }) => `not all of ${wanted} overdue ${kind} orders ended in time`),
      ...unexpectedErrors(measures),
    ],
  };
}

/** They become visible, and overdue, with the commit of one transaction. */
async function expirePending(stage: Stage, show: Show, count: number): Promise<Round> {
  const { stack } = stage;
  const [buyer] = await newBuyers(stack, 1);
  if (buyer === undefined) throw new Error('The sandbox made no buyer.');
  await insertOrders(stack.databaseUrl, { show, count, buyer, own: count, expiresIn: '1 hour' });
  return watchRound(stage, 'PENDING', count);
}

async function expireReserved(stage: Stage, show: Show, count: number): Promise<Round> {
  const waiting = (await createPendingOrders(stage, show, count)).values();
  const tally = new Tally();
  await inLanes(Math.min(RESERVE_LANES, count), async () => {
    const next = waiting.next();
    if (next.done === true) return false;
    const { buyer, orderId } = next.value;
    await new Journey(stage, buyer, stage.stack.url).reserve(orderId, tally);
    return true;
  });
  if (tally.succeeded < count) throw new Error(`Only ${tally.succeeded} of ${count} orders were reserved.`);
  return watchRound(stage, 'RESERVED', count);
}

/** Lets the time of all orders of a status run out, and waits until none is left. */
async function watchRound(stage: Stage, kind: Round['kind'], count: number): Promise<Round> {
  const client = new Client({ connectionString: stage.stack.databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `update orders
          set expires_at = now(),
              reservation_expires_at = case when reservation_expires_at is null then null else now() end
        where status = $1 and event_name in ('Bulk', 'Expiry')`,
      [kind],
    );
    const startedMs = performance.now();
    const watch = new UsageWatch(stage.stack.pids);
    const overdue = rowCount ?? 0;
    const isOver = await untilNoneIsLeft(client, kind, PATIENCE_MS + PATIENCE_PER_ORDER_MS * overdue);
    const seconds = (performance.now() - startedMs) / 1_000;
    const { cpuMs } = watch.stop();
    return {
      kind,
      count,
      perSecond: rounded(overdue / seconds, 1),
      cpuMsPerOrder: rounded(cpuMs / Math.max(1, overdue), 3),
      isOver,
    };
  } finally {
    await client.end();
  }
}

async function untilNoneIsLeft(client: Client, kind: string, patienceMs: number): Promise<boolean> {
  for (const deadlineMs = performance.now() + patienceMs; performance.now() < deadlineMs;) {
    const { rowCount } = await client.query(
      `select 1 from orders where status = $1 and expires_at <= now() limit 1`,
      [kind],
    );
    if (rowCount === 0) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

async function createsFor(stage: Stage, show: Show, name: string, wantedSeconds: number): Promise<Measure> {
  const queue = new Queue(stage.buyers);
  const tally = new Tally();
  const seconds = await closedLoad({
    urls: stage.stack.urls,
    connections: stage.options.connections ?? BESIDE_CONNECTIONS,
    until: { seconds: wantedSeconds },
    next: () => createRequest(queue.next(), basketOf(show)),
    tally,
    heard: stage.answers.heard,
  });
  return tally.measure(name, seconds);
}

/** Creates run while a backlog is worked off that should last as long. */
async function besideExpiry(
  stage: Stage,
  show: Show,
  count: number,
  seconds: number,
): Promise<{ readonly measure: Measure; readonly round: Round; readonly consumption: Consumption }> {
  const { stack } = stage;
  const [buyer] = await newBuyers(stack, 1);
  if (buyer === undefined) throw new Error('The sandbox made no buyer.');
  // Creates of the measured stretch must not become overdue with the others.
  const other = await newShow(stack, 'Beside expiry');
  await insertOrders(stack.databaseUrl, { show, count, buyer, own: count, expiresIn: '1 hour' });
  const watch = new UsageWatch(stack.pids);
  const [round, measure] = await Promise.all([
    watchRound(stage, 'PENDING', count),
    createsFor(stage, other, 'create, beside the expiry', seconds),
  ]);
  return { measure, round, consumption: watch.stop() };
}
