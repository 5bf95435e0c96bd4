import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { OrderServiceClient } from '../../../libs/client/src/index.js';
import { insertOrders } from '../bulk-orders.js';
import { closedLoad, type LoadRequest } from '../closed-load.js';
import { get, newBuyers, newShow, type Buyer } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally, type Measure } from '../tally.js';

const ORDERS = 200_000;
const OWN_MAX = 25_000;
const PAGE_SIZE = 20;
const FAR_PAGE = 1_000;
const CONNECTIONS = 8;
const NEVER = '1 year';

interface Place {
  readonly path: string;
  readonly number: number;
  readonly ids: readonly string[];
}

/** One buyer's first page against their thousandth, in a table of many; and one order against a bare server. */
export async function list(stage: Stage): Promise<ScenarioResult> {
  const { stack, options } = stage;
  const count = options.orders ?? ORDERS;
  const connections = options.connections ?? CONNECTIONS;
  const [buyer] = await newBuyers(stack, 1);
  if (buyer === undefined) throw new Error('The sandbox made no buyer.');
  const show = await newShow(stack, 'List');
  const own = Math.min(OWN_MAX, Math.ceil(count / 2));
  stage.say(`putting ${count} orders into the table …`);
  await insertOrders(stack.databaseUrl, { show, count, buyer, own, expiresIn: NEVER });
  const before = await signatureOf(stack.databaseUrl);
  const { first, far, wrong } = await walk(stack.url, buyer);
  const watch = new UsageWatch(stack.pids);
  const pages = await inTurns(stage, connections, [
    { name: 'page 1', next: () => get(buyer, first.path) },
    { name: `page ${far.number}`, next: () => get(buyer, far.path) },
  ]);
  let index = 0;
  const orderPath = (): string => `/api/v1/orders/${far.ids[(index += 1) % far.ids.length] ?? ''}`;
  const one = await measured(stage, connections, 'one order', stack.urls, () => get(buyer, orderPath()));
  const consumption = watch.stop();
  const bare = await measureBare(stage, connections, buyer, orderPath);
  const after = await signatureOf(stack.databaseUrl);
  const measures = [...pages, one, bare];
  const [firstP99 = 0, farP99 = 0] = pages.map(({ latencyMs }) => latencyMs.p99);
  const requests = [...pages, one].reduce((sum, measure) => sum + measure.requests, 0);
  return {
    measures,
    figures: {
      ordersInTable: count,
      farPageToFirstP99: rounded(farP99 / firstP99, 2),
      getToBareServer: rounded(one.perSecond / bare.perSecond, 3),
      cpuMsPerRequest: rounded(consumption.cpuMs / Math.max(1, requests), 3),
    },
    consumption,
    unexpected: [
      ...wrong,
      ...unexpectedErrors(measures),
      ...emptyMeasures(measures),
      ...(before === after ? [] : ['Reading changed orders.']),
    ],
  };
}

/** Follows the cursors to the far page; every order must come once. */
async function walk(
  url: string,
  buyer: Buyer,
): Promise<{ readonly first: Place; readonly far: Place; readonly wrong: readonly string[] }> {
  const client = new OrderServiceClient({ baseUrl: url, token: buyer.token });
  const places: Place[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
    const { data, page } = await client.get('/api/v1/orders', { query });
    const path = `/api/v1/orders?${new URLSearchParams({ ...query, limit: String(PAGE_SIZE) }).toString()}`;
    places.push({ path, number: places.length + 1, ids: data.map(({ id }) => id) });
    cursor = page.hasMore ? (page.nextCursor ?? undefined) : undefined;
  } while (cursor !== undefined && places.length < FAR_PAGE);
  const [first] = places;
  // The last page may be short, and would be quicker for that.
  const far = places.findLast(({ ids }) => ids.length === PAGE_SIZE) ?? first;
  if (first === undefined || far === undefined) throw new Error('There is not one page.');
  const ids = places.flatMap((place) => place.ids);
  const doubles = ids.length - new Set(ids).size;
  return { first, far, wrong: doubles === 0 ? [] : [`${doubles} orders came on two pages`] };
}

/** In short turns, so that what disturbs the machine disturbs all of them. */
async function inTurns(
  stage: Stage,
  connections: number,
  kinds: readonly { readonly name: string; readonly next: () => LoadRequest }[],
): Promise<readonly Measure[]> {
  const runs = kinds.map((kind) => ({ ...kind, tally: new Tally(), seconds: 0 }));
  for (let turn = 0; turn < stage.options.seconds; turn += 1) {
    for (const run of runs) {
      const { next, tally } = run;
      run.seconds += await closedLoad({
        urls: stage.stack.urls,
        connections,
        until: { seconds: 1 },
        next,
        tally: turn === 0 && stage.options.seconds > 1 ? new Tally() : tally,
      });
      if (turn === 0 && stage.options.seconds > 1) run.seconds = 0;
    }
  }
  return runs.map(({ name, tally, seconds }) => tally.measure(name, seconds));
}

async function measured(
  stage: Stage,
  connections: number,
  name: string,
  urls: readonly string[],
  next: () => LoadRequest,
): Promise<Measure> {
  const load = { urls, connections, next };
  await closedLoad({ ...load, until: { requests: 20 * connections }, tally: new Tally() });
  const tally = new Tally();
  const seconds = await closedLoad({ ...load, until: { seconds: stage.options.seconds }, tally });
  return tally.measure(name, seconds);
}

async function measureBare(
  stage: Stage,
  connections: number,
  buyer: Buyer,
  path: () => string,
): Promise<Measure> {
  const { stack } = stage;
  const entry = fileURLToPath(new URL('../bare-server.js', import.meta.url));
  const environment = { PATH: process.env['PATH'], DATABASE_URL: stack.databaseUrl };
  const bare = await stack.startBeside('bare-server', entry, environment, '/health/live');
  try {
    return await measured(stage, connections, 'one order, bare Fastify + pg', [bare.url], () => ({
      method: 'GET',
      path: path(),
      headers: { 'x-tenant-id': buyer.tenantId },
    }));
  } finally {
    await stack.end(bare.child);
  }
}

/** Changes when any order does. */
async function signatureOf(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ signature: string }>(
      `select count(*) || '/' || sum(version) || '/' || sum(audit_sequence) as signature from orders`,
    );
    return rows[0]?.signature ?? '';
  } finally {
    await client.end();
  }
}
