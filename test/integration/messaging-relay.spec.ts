import { randomUUID } from 'node:crypto';
import { SecretBox, OutboxClaims, OutboxNumbering, OutboxPublisher, type Config } from '@app/platform';
import { ReadEventFeed } from '@app/orders';
import { isAppError, systemClock } from '@app/kernel';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';
import { OutboxWriter } from '../support/outbox-rows.js';
import {
  migratedDatabase,
  openDatabase,
  platformConfig,
  type OpenDatabase,
} from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { TestDatabase } from '../support/test-database.js';

const TENANT = randomUUID();
const ARCHIVE = 'order.events.archive';

interface Published {
  readonly pattern: string;
  readonly data: { readonly id: string; readonly subject: string; readonly sequence: number };
}

function sequencesByOrder(messages: readonly { readonly content: Buffer }[]): Record<string, number[]> {
  const byOrder: Record<string, number[]> = {};
  for (const { content } of messages) {
    const { data } = JSON.parse(content.toString()) as Published;
    (byOrder[data.subject] ??= []).push(data.sequence);
  }
  return byOrder;
}

describe('the relay', () => {
  let stored: TestDatabase;
  let open: OpenDatabase;
  let broker: TestBroker;
  let wire: TcpProxy;
  let writer: OutboxWriter;
  let config: Config;
  let numbering: OutboxNumbering;
  let publisher: OutboxPublisher;

  beforeAll(async () => {
    stored = await migratedDatabase();
    broker = await TestBroker.open();
    wire = await TcpProxy.before(broker.url);
    config = platformConfig({
      DATABASE_URL: stored.url,
      DB_ROLE_PREFIX: stored.rolePrefix,
      RABBITMQ_URL: wire.url(broker.url),
      RABBITMQ_PREFIX: broker.prefix,
      RELAY_BATCH_SIZE: '50',
    });
    open = await openDatabase(config);
    writer = await OutboxWriter.open(stored.url);
    numbering = new OutboxNumbering(open.database);
    publisher = newPublisher();
    publisher.connect();
    await eventually('the relay has declared the topology', () => broker.exists(ARCHIVE));
  }, 60_000);

  afterEach(async () => {
    await writer.query('delete from outbox');
    await broker.channel.purgeQueue(broker.name(ARCHIVE));
  });

  afterAll(async () => {
    await publisher.close();
    await writer.close();
    await open.close();
    await wire.stop();
    await broker.close();
    await stored.drop();
  });

  function newPublisher(): OutboxPublisher {
    return new OutboxPublisher(new OutboxClaims(open.database), config, systemClock);
  }

  async function unpublished(): Promise<number> {
    const [row] = await writer.query<{ count: number }>(
      'select count(*)::int as count from outbox where published_at is null',
    );
    return row?.count ?? -1;
  }

  async function untilAllSent(): Promise<void> {
    await numbering.round();
    await eventually('everything is sent', async () => {
      await publisher.round();
      return (await unpublished()) === 0;
    });
  }

  it('numbers and publishes the events of each order in their sequence, without gaps', async () => {
    const orders = Array.from({ length: 20 }, () => randomUUID());
    for (const sequence of [3, 1, 2]) {
      await writer.write(
        ...orders.map((orderId) => ({
          tenantId: TENANT,
          orderId,
          sequence,
          // The clock of a transaction says nothing about the order of its order's events.
          createdAt: `2026-01-01T00:00:0${4 - sequence}Z`,
        })),
      );
    }

    await untilAllSent();

    const messages = await broker.take(ARCHIVE, 60);
    expect(messages).toHaveLength(60);
    expect(Object.values(sequencesByOrder(messages))).toEqual(orders.map(() => [1, 2, 3]));
    const feed = await writer.query<{ order_id: string; event_sequence: number }>(
      'select order_id, event_sequence from outbox order by position',
    );
    expect(
      orders.map((id) => feed.filter((row) => row.order_id === id).map((row) => row.event_sequence)),
    ).toEqual(orders.map(() => [1, 2, 3]));
  });

  it('publishes the body a NestJS consumer expects, persistent, with the event id and the trace', async () => {
    const id = randomUUID();
    const orderId = randomUUID();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await writer.write({ tenantId: TENANT, orderId, sequence: 1, id, type: 'order.confirmed', traceparent });

    await untilAllSent();

    const [message] = await broker.take(ARCHIVE, 1);
    expect(message?.fields.routingKey).toBe('order.confirmed');
    expect(message?.properties).toMatchObject({ messageId: id, deliveryMode: 2, headers: { traceparent } });
    expect(JSON.parse(message?.content.toString() ?? '')).toMatchObject({
      pattern: 'order.confirmed',
      data: { specversion: '1.0', id, type: 'order.confirmed', subject: orderId, sequence: 1, traceparent },
    });
  });

  it('publishes again what a relay sent but did not live to mark, still in the sequence of its order', async () => {
    const orderId = randomUUID();
    await writer.write(
      { tenantId: TENANT, orderId, sequence: 1 },
      { tenantId: TENANT, orderId, sequence: 2 },
    );
    await numbering.round();
    const claims = new OutboxClaims(open.database);
    const dying = new OutboxPublisher(
      Object.assign(Object.create(claims) as OutboxClaims, {
        settle: () => Promise.reject(new Error('killed')),
      }),
      config,
      systemClock,
    );
    dying.connect();
    await eventually('the dying relay has published', () =>
      dying.round().then(
        () => false,
        () => true,
      ),
    );
    await dying.close();
    expect(await unpublished()).toBe(2);
    expect(await publisher.round()).toBe(false);
    expect(await unpublished()).toBe(2);

    await writer.query(`update outbox set lease_until = now() - interval '1 second'`);
    await untilAllSent();

    expect(sequencesByOrder(await broker.take(ARCHIVE, 4))).toEqual({ [orderId]: [1, 2, 1, 2] });
  });

  it('leaves the later events of an order alone while another relay holds an earlier one', async () => {
    const orderId = randomUUID();
    await writer.write({ tenantId: TENANT, orderId, sequence: 1 });
    await numbering.round();
    const claims = new OutboxClaims(open.database);
    expect(await claims.claim(10)).toHaveLength(1);
    await writer.write({ tenantId: TENANT, orderId, sequence: 2 });
    await numbering.round();

    expect(await claims.claim(10)).toEqual([]);
  });

  it('gives every event to one of many relays that claim at once', async () => {
    const orders = Array.from({ length: 40 }, () => randomUUID());
    await writer.write(
      ...orders.flatMap((orderId) => [1, 2].map((sequence) => ({ tenantId: TENANT, orderId, sequence }))),
    );
    await numbering.round();
    const claims = new OutboxClaims(open.database);

    const batches = await Promise.all(Array.from({ length: 5 }, () => claims.claim(15)));

    const ids = batches.flat().map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const batch of batches) {
      const others = batches.filter((other) => other !== batch).flat();
      expect(batch.filter((event) => others.some((other) => other.orderId === event.orderId))).toEqual([]);
    }
  });

  it('keeps the backlog while the broker is away and drains it by itself afterwards', async () => {
    const orders = Array.from({ length: 120 }, () => randomUUID());
    wire.cut();
    await writer.write(
      ...orders.flatMap((orderId) => [1, 2].map((sequence) => ({ tenantId: TENANT, orderId, sequence }))),
    );
    await numbering.round();
    await publisher.round();
    expect(await unpublished()).toBe(240);

    wire.mend();
    await untilAllSent();

    const byOrder = sequencesByOrder(await broker.take(ARCHIVE, 240));
    for (const orderId of orders) {
      // A confirm that was lost on the way makes a copy, never a change of order.
      expect([...new Set(byOrder[orderId])]).toEqual([1, 2]);
    }
  }, 30_000);

  it('does not count a message that no queue took, and mends the topology', async () => {
    const orderId = randomUUID();
    await broker.channel.deleteQueue(broker.name(ARCHIVE));
    await writer.write(
      { tenantId: TENANT, orderId, sequence: 1 },
      { tenantId: TENANT, orderId, sequence: 2 },
    );
    await numbering.round();

    await publisher.round();
    expect(await unpublished()).toBe(2);

    await untilAllSent();
    expect(sequencesByOrder(await broker.take(ARCHIVE, 2))).toEqual({ [orderId]: [1, 2] });
  });

  it('never shows a place in the feed before every lower one, whatever order transactions commit in', async () => {
    const early = await OutboxWriter.open(stored.url);
    const [first, second] = [randomUUID(), randomUUID()];
    const feed = new ReadEventFeed(open.database, new SecretBox(config));
    const caller = {
      principal: { kind: 'service', tenantId: TENANT, name: 'test', scopes: ['orders:read'] },
      requestId: 'test',
      deadlineAtMs: Number.POSITIVE_INFINITY,
    } as const;
    await early.query('begin');
    await early.write({ tenantId: TENANT, orderId: first, sequence: 1 });
    await writer.write({ tenantId: TENANT, orderId: second, sequence: 1 });
    await numbering.round();

    const before = await feed.execute(caller, { limit: 10 });
    expect(before.data.map((event) => event.subject)).toEqual([second]);

    await early.query('commit');
    await early.close();
    await numbering.round();
    const after = await feed.execute(caller, { after: before.page.nextAfter, limit: 10 });
    expect(after.data.map((event) => event.subject)).toEqual([first]);
    expect(after.page.hasMore).toBe(false);
  });

  it('reads the feed in pages, of one tenant only, and refuses strange and outlived cursors', async () => {
    const feed = new ReadEventFeed(open.database, new SecretBox(config));
    const callerOf = (tenantId: string) =>
      ({
        principal: { kind: 'service', tenantId, name: 'test', scopes: ['orders:read'] },
        requestId: 'test',
        deadlineAtMs: Number.POSITIVE_INFINITY,
      }) as const;
    const orders = Array.from({ length: 5 }, () => randomUUID());
    for (const orderId of orders) {
      await writer.write({ tenantId: TENANT, orderId, sequence: 1, createdAt: '2026-01-01T00:00:00Z' });
      await numbering.round();
    }
    await writer.write({ tenantId: randomUUID(), orderId: randomUUID(), sequence: 1 });
    await numbering.round();

    const one = await feed.execute(callerOf(TENANT), { limit: 3 });
    const two = await feed.execute(callerOf(TENANT), { after: one.page.nextAfter, limit: 3 });
    expect([...one.data, ...two.data].map((event) => event.subject)).toEqual(orders);
    expect([one.page.hasMore, two.page.hasMore]).toEqual([true, false]);

    const refusal = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'accepted',
        (error: unknown) => (isAppError(error) ? error.code : error),
      );
    expect(await refusal(feed.execute(callerOf(randomUUID()), { after: one.page.nextAfter, limit: 3 }))).toBe(
      'CURSOR_INVALID',
    );
    expect(await refusal(feed.execute(callerOf(TENANT), { after: '17', limit: 3 }))).toBe('CURSOR_INVALID');
    // Half-way through events this old, then the events are pruned.
    await writer.query(`delete from outbox where created_at < '2026-02-01'`);
    expect(await refusal(feed.execute(callerOf(TENANT), { after: one.page.nextAfter, limit: 3 }))).toBe(
      'CURSOR_EXPIRED',
    );
    expect(await refusal(feed.execute(callerOf(TENANT), { after: two.page.nextAfter, limit: 3 }))).toBe(
      'accepted',
    );
  });
});
