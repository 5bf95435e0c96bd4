// `npm run bench:redis`: what a buyer waits for create and reserve while Redis is there, dead, hung, emptied or slow.
// Needs a PostgreSQL (DATABASE_URL, by default this machine's) and redis-server, of which it starts a private one.
// ORDERS sets how many orders are bought in each state, CLIENTS by how many at once.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const build = spawnSync(process.execPath, [at('build.mjs'), '--if-stale'], { stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(1);
const { startRedis } = await import(new URL('../dist/scripts/servers/redis.js', import.meta.url).href);
const { freePort } = await import(new URL('../dist/scripts/servers/free-port.js', import.meta.url).href);
const { findProgram } = await import(
  new URL('../dist/scripts/servers/find-program.js', import.meta.url).href
);
const { startProcess, stopProcess } = await import(
  new URL('../dist/scripts/servers/owned-process.js', import.meta.url).href
);

const ORDERS = Number(process.env.ORDERS ?? '100');
const CLIENTS = Number(process.env.CLIENTS ?? '4');
const SLOW_MS = 500;
const BOUND_MS = 150;

const program = findProgram('redis-server');
if (program === undefined) throw new Error('redis-server is not installed: apt-get install redis-server.');
const run = `bench_${randomBytes(4).toString('hex')}`;
const directory = mkdtempSync(join(tmpdir(), 'order-service-bench-'));
const serverUrl = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${run}` }).href;
const children = [];
let redis;
const wire = await slowableWire();

await onServer(`create database ${run}`);
try {
  await bench();
} finally {
  for (const child of children.reverse())
    await stopProcess(child.identity, [{ signal: 'SIGTERM', waitMs: 20_000 }]);
  wire.server.close();
  await onServer(`drop database if exists ${run} with (force)`);
  for (const role of ['app', 'worker']) await onServer(`drop role if exists ${run}_${role}`);
  rmSync(directory, { recursive: true, force: true });
}

async function bench() {
  wire.target = await newRedis();
  const sandbox = await startSandbox();
  const url = await startService(sandbox);
  const shop = await openShop(url, sandbox);
  const states = {
    there: async () => undefined,
    emptied: () => new Redis(wire.target, '127.0.0.1').pipeline().flushall().quit().exec(),
    hung: async () => process.kill(redis.identity.pid, 'SIGSTOP'),
    dead: async () => process.kill(redis.identity.pid, 'SIGKILL'),
    [`slow (${SLOW_MS} ms)`]: async () => (wire.delayMs = SLOW_MS),
  };
  // Warms up.
  await buyMany(shop, () => undefined);
  const rows = [];
  for (const [state, strike] of Object.entries(states)) {
    await whenRedisIsUsed(url);
    // In the middle: the loss itself must not cost more than what comes after it.
    const times = await buyMany(shop, strike);
    rows.push({ state, ...figures(times.create, 'create'), ...figures(times.reserve, 'reserve') });
    await repair();
  }
  const [there] = rows;
  for (const row of rows)
    row['added at p99'] = Math.max(
      row['create p99'] - there['create p99'],
      row['reserve p99'] - there['reserve p99'],
    );
  console.table(rows);
  const worst = Math.max(...rows.map((row) => row['added at p99']));
  process.stdout.write(
    `${ORDERS} orders a state by ${CLIENTS} clients, milliseconds; at most ${worst} ms added at p99, ${worst <= BOUND_MS ? 'within' : 'beyond'} the ${BOUND_MS} ms allowed\n`,
  );
  process.exitCode = worst <= BOUND_MS ? 0 : 1;
}

/** Creates and reserves ORDERS orders; `strike` is called when a third of them is bought. */
async function buyMany(shop, strike) {
  const times = { create: [], reserve: [] };
  let begun = 0;
  const lane = async () => {
    while (begun < ORDERS) {
      begun += 1;
      if (begun === Math.ceil(ORDERS / 3)) await strike();
      const { id } = await timed(times.create, () => shop.post('/api/v1/orders', shop.basket, 201));
      await timed(times.reserve, () => shop.post(`/api/v1/orders/${id}/reserve`, {}, 200));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, lane));
  return times;
}

async function timed(times, work) {
  const startedMs = performance.now();
  const result = await work();
  times.push(performance.now() - startedMs);
  return result;
}

function figures(times, name) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { [`${name} p50`]: at(0.5), [`${name} p99`]: at(0.99), [`${name} max`]: at(1) };
}

async function newRedis() {
  const port = await freePort();
  const started = (child) => children.push(child);
  redis = await startRedis({ program, directory, port, started });
  return port;
}

/** A working Redis again, whatever happened to the last one. */
async function repair() {
  wire.delayMs = 0;
  if (redis.hasExited()) wire.target = await newRedis();
  else process.kill(redis.identity.pid, 'SIGCONT');
}

async function whenRedisIsUsed(url) {
  for (;;) {
    const { checks } = await (await fetch(`${url}/health`)).json();
    if (checks.redis === 'ok') return;
    await sleep(250);
  }
}

/** The service finds Redis at one place, wherever the present one is, and a test can slow it down there. */
async function slowableWire() {
  const state = { target: 0, delayMs: 0 };
  const server = createServer((client) => {
    const upstream = connect(state.target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.on('data', (chunk) =>
        from === upstream && state.delayMs > 0
          ? setTimeout(() => to.write(chunk), state.delayMs)
          : to.write(chunk),
      );
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { server, port: server.address().port });
}

async function startSandbox() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await startNode('sandbox', { SANDBOX_PORT: String(port) }, `${url}/health/live`);
  return url;
}

async function startService(sandbox) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DB_ROLE_PREFIX: run,
    MIGRATE_ON_START: 'true',
    REDIS_URL: `redis://127.0.0.1:${wire.port}`,
    RATE_LIMIT_CREATE_PER_MINUTE: '1000000',
    RATE_LIMIT_RESERVE_PER_MINUTE: '1000000',
    EVENT_SERVICE_URL: sandbox,
    TICKET_SERVICE_URL: sandbox,
    PAYMENT_SERVICE_URL: sandbox,
    AUTH_SERVICE_URL: sandbox,
    SERVICE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    APP_SECRETS: `bench:${randomBytes(32).toString('base64')}`,
  };
  await startNode('order-service', environment, `${url}/health/ready`);
  return url;
}

async function startNode(name, environment, readyUrl) {
  const child = await startProcess({
    name,
    command: process.execPath,
    args: [at(`../dist/apps/${name}/src/main.js`)],
    env: { PATH: process.env.PATH, ...environment },
    logFile: join(directory, `${name}.log`),
  });
  children.push(child);
  while (
    !(await fetch(readyUrl).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.hasExited()) throw new Error(`${name} did not start; see ${child.logFile}.`);
    await sleep(100);
  }
}

async function openShop(url, sandbox) {
  const ask = async (path, body) =>
    (
      await fetch(`${sandbox}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json();
  const { token } = await ask('/sandbox/tokens', { ttlSeconds: 3_600 });
  const event = await ask('/sandbox/events', {
    ticketTypes: [{ unitPriceCents: 5_000, capacity: 1_000_000 }],
  });
  const items = event.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity: 1 }));
  const post = async (path, body, expected) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return { post, basket: { eventId: event.id, items } };
}

async function onServer(sql) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
