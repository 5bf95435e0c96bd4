// `npm run bench:outbox`: how many events a second the relay of one process drains, against a real PostgreSQL and
// RabbitMQ (DATABASE_URL and RABBITMQ_URL, by default those of this machine). It works in a database and under broker
// names of its own, which it removes again. EVENTS sets how many events, RELAY_BATCH_SIZE how large the batches are.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import pg from 'pg';
import { DataSource } from 'typeorm';

const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'order-service'],
  { stdio: ['ignore', 2, 2] },
);
if (build.status !== 0) process.exit(1);
const platform = await import(new URL('../dist/libs/platform/src/index.js', import.meta.url).href);
const kernel = await import(new URL('../dist/libs/kernel/src/index.js', import.meta.url).href);

const EVENTS = Number(process.env.EVENTS ?? '20000');
const EVENTS_PER_ORDER = 4;
const run = `bench_${randomBytes(4).toString('hex')}`;
const serverUrl = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${run}` }).href;
const brokerUrl = process.env.RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const prefix = `${run}.`;

const config = platform.loadConfig({
  NODE_ENV: 'test',
  DATABASE_URL: databaseUrl,
  DB_ROLE_PREFIX: run,
  RABBITMQ_URL: brokerUrl,
  RABBITMQ_PREFIX: prefix,
  ...(process.env.RELAY_BATCH_SIZE === undefined ? {} : { RELAY_BATCH_SIZE: process.env.RELAY_BATCH_SIZE }),
  APP_SECRETS: `bench:${randomBytes(32).toString('base64')}`,
  AUTH_SERVICE_URL: 'http://127.0.0.1:9',
  EVENT_SERVICE_URL: 'http://127.0.0.1:9',
  TICKET_SERVICE_URL: 'http://127.0.0.1:9',
  PAYMENT_SERVICE_URL: 'http://127.0.0.1:9',
  SERVICE_SIGNING_KEY: generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
});

await onServer(`create database ${run}`);
try {
  await platform.runMigrations(config);
  await bench();
} finally {
  await removeQueues();
  await onServer(`drop database if exists ${run} with (force)`);
  for (const role of ['app', 'worker']) await onServer(`drop role if exists ${run}_${role}`);
}

async function bench() {
  const pools = await Promise.all(
    ['request', 'worker'].map((pool) =>
      new DataSource(platform.dataSourceOptions(config, pool)).initialize(),
    ),
  );
  const database = new platform.Database(config, ...pools);
  const numbering = new platform.OutboxNumbering(database);
  const publisher = new platform.OutboxPublisher(
    new platform.OutboxClaims(database),
    config,
    kernel.systemClock,
  );
  try {
    publisher.connect();
    await fill(databaseUrl);
    // The first event waits for the connection; what is measured begins after it.
    await numbering.round();
    while (!(await publisher.round())) await new Promise((resolve) => setTimeout(resolve, 50));
    const already = EVENTS - (await left());
    const startedMs = performance.now();
    let numberedMs = 0;
    let rest = EVENTS - already;
    while (rest > 0) {
      const beganMs = performance.now();
      await numbering.round();
      numberedMs += performance.now() - beganMs;
      // As many lanes as the relay has.
      await Promise.all([drain(publisher), drain(publisher)]);
      rest = await left();
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    const perSecond = Math.round((EVENTS - already) / seconds);
    process.stdout.write(
      `${EVENTS - already} events in ${seconds.toFixed(2)} s: ${perSecond} events/s, of which ${(numberedMs / 1_000).toFixed(2)} s numbering; batches of ${config.RELAY_BATCH_SIZE}\n`,
    );
  } finally {
    await publisher.close();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

async function drain(publisher) {
  while (await publisher.round());
}

/** Events as large as those of a two-line order. */
async function fill(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at)
     select '00000000-0000-7000-8000-000000000001', gen_random_uuid(), o.id, s, 'order.created',
            jsonb_build_object('specversion', '1.0', 'subject', o.id, 'sequence', s, 'data', jsonb_build_object('filler', repeat('x', 1500))),
            now()
       from (select gen_random_uuid() as id from generate_series(1, $1::int)) o, generate_series(1, $2::int) s`,
    [Math.ceil(EVENTS / EVENTS_PER_ORDER), EVENTS_PER_ORDER],
  );
  await client.end();
}

async function left() {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as count from outbox where published_at is null');
  await client.end();
  return rows[0].count;
}

async function onServer(sql) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function removeQueues() {
  const connection = await connect(brokerUrl);
  const channel = await connection.createChannel();
  for (const queue of Object.keys(platform.QUEUES)) await channel.deleteQueue(`${prefix}${queue}`);
  for (const exchange of Object.keys(platform.EXCHANGES))
    await channel.deleteExchange(`${prefix}${exchange}`);
  await connection.close();
}
