import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { TestBroker } from '../support/broker.js';
import { eventually } from '../support/eventually.js';
import { ServiceWorld, type Caller, type OrderView } from '../support/service-world.js';
import { createTestDatabase } from '../support/test-database.js';

const CTL = join(__dirname, '../../dist/apps/order-service/src/ctl.js');

let broker: TestBroker;
let world: ServiceWorld;
let admin: Caller;
let buyer: Caller;

beforeAll(async () => {
  broker = await TestBroker.open();
  world = await ServiceWorld.start({
    environment: { RABBITMQ_URL: broker.url, RABBITMQ_PREFIX: broker.prefix },
  });
  admin = await world.user({ role: 'admin' });
  buyer = await world.user();
}, 120_000);

afterAll(async () => {
  await world.stop();
  await broker.close();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built program with an admin's token, as an operator starts it. */
function ctl(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CTL, ...words],
      {
        env: {
          PATH: process.env.PATH,
          ORDER_SERVICE_URL: world.service.url,
          ORDER_SERVICE_TOKEN: admin.token,
          RABBITMQ_URL: broker.url,
          RABBITMQ_PREFIX: broker.prefix,
          DATABASE_URL: world.service.database.url,
          DB_ROLE_PREFIX: world.service.database.rolePrefix,
          ...environment,
        },
      },
      (_error, out, err) => resolve({ code: child.exitCode, out, err }),
    );
  });
}

async function ctlJson(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await ctl([...words, '--json']);
  expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

const listed = async (...words: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (await ctlJson(...words))['data'] as readonly Readonly<Record<string, unknown>>[];

/** The release of a cancelled order, refused for good because its key was used for something else. */
async function parkedRelease(): Promise<{ readonly orderId: string; readonly effectId: string }> {
  const order: OrderView = await world.reserved(buyer, await world.newEvent());
  const answer = await fetch(`${world.sandbox.url}/internal/tickets/release`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tenant-id': world.tenantId,
      'idempotency-key': `release:${order.id}:1`,
    },
    body: JSON.stringify({ orderId: order.id, generation: 0, reason: 'another' }),
  });
  expect(answer.status).toBe(200);
  const path = `/api/v1/orders/${order.id}/cancel`;
  (await world.send({ method: 'POST', path, token: buyer.token, key: randomUUID() })).expect(200);
  const effectIds: string[] = [];
  await eventually('the release is parked', async () => {
    const rows = await world.rows(
      `select id::text as id from order_effects where order_id = $1 and state = 'parked'`,
      [order.id],
    );
    effectIds.push(...rows.map(({ id }) => String(id)));
    return rows.length === 1;
  });
  return { orderId: order.id, effectId: effectIds[0] ?? '' };
}

describe('order explain', () => {
  it('tells the story of an order by id or number', async () => {
    const order = await world.completed(buyer, await world.newEvent());
    const { code, out, err } = await ctl(['order', 'explain', order.id]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`order      ${String(order['orderNumber'])}, ${order.id}`);
    expect(out).toMatch(/^total +\d+\.\d\d USD$/m);
    expect(out).toMatch(/^created +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, (?:now|\d+ s ago)$/m);
    for (const chapter of ['Payments', 'Calls to siblings', 'Timeline', 'Next'])
      expect(out).toMatch(new RegExp(`^${chapter}$`, 'm'));
    const story = await ctlJson('order', 'explain', String(order['orderNumber']));
    expect(story['order']).toMatchObject({ id: order.id, status: 'COMPLETED' });
  });

  it('says that there is no such order', async () => {
    const { code, out, err } = await ctl(['order', 'explain', randomUUID()]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/404 ORDER_NOT_FOUND, request /);
  });

  it('says what is wrong with the id', async () => {
    const { code, err } = await ctl(['order', 'explain', 'nonsense']);
    expect(code).toBe(1);
    expect(err).toContain('400 VALIDATION_FAILED');
    expect(err).toContain('orderId');
  });
});

describe('parked calls and findings', () => {
  it('are listed, acknowledged, sent again and in the audit log afterwards', async () => {
    const { orderId, effectId } = await parkedRelease();
    expect((await listed('effect', 'list')).map(({ id }) => id)).toContain(effectId);
    expect((await ctl(['effect', 'list'])).out).toContain(`${effectId}  tickets.release`);

    const [finding] = await listed('finding', 'list', '--order', orderId);
    expect(finding).toMatchObject({ kind: 'effect_parked', state: 'OPEN' });
    const findingId = String(finding?.['id']);
    expect((await ctl(['finding', 'list'])).out).toContain(findingId);
    expect((await ctl(['finding', 'show', findingId])).out).toMatch(/^kind +effect_parked$/m);
    expect(await ctlJson('finding', 'acknowledge', findingId, '--note', 'on it')).toMatchObject({
      state: 'ACKNOWLEDGED',
      acknowledgedBy: `user:${admin.id}`,
    });

    await world.rows(`update order_effects set key = key || ':mended' where id = $1`, [effectId]);
    const retried = await ctl(['effect', 'retry', effectId, '--reason', 'ticket-service was mended']);
    expect(retried).toMatchObject({
      code: 0,
      out: `tickets.release of order ${orderId} is sent again: pending.\n`,
    });
    const again = await ctl(['effect', 'retry', effectId]);
    expect(again.code).toBe(1);
    expect(again.err).toContain('EFFECT_STATE_CONFLICT');

    const audit = await listed('audit', 'list', '--outcome', 'done');
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'effect.retried', reason: 'ticket-service was mended' }),
    );
    expect((await ctl(['audit', 'list', '--limit', '1'])).out).toContain(
      '1 action. There are more: --limit 2',
    );
  });

  it('are resolved with a note', async () => {
    const { orderId } = await parkedRelease();
    const [finding] = await listed('finding', 'list', '--order', orderId);
    const findingId = String(finding?.['id']);
    expect(
      await ctl(['finding', 'resolve', findingId, '--note', 'the seats were given back by hand']),
    ).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^state +RESOLVED$/m) as string,
    });
    expect(await listed('finding', 'list', '--order', orderId)).toEqual([]);
    expect(await listed('finding', 'list', '--order', orderId, '--state', 'resolved')).toHaveLength(1);
    const unknown = await ctl(['finding', 'show', randomUUID()]);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('FINDING_NOT_FOUND');
  });
});

describe('operation', () => {
  it('tells how far a bulk cancellation is', async () => {
    const event = await world.newEvent();
    await world.reserved(buyer, event);
    await world.play('PATCH', `/sandbox/events/${event.id}`, { status: 'CANCELLED' });
    const { token } = await world.sibling();
    const begun = await world.send({
      method: 'POST',
      path: '/internal/v1/orders/bulk/cancel',
      token,
      key: randomUUID(),
      body: { eventId: event.id, reason: 'It rains.' },
    });
    const { id } = begun.expect(202) as { readonly id: string };
    await eventually(
      'it has ended',
      async () => (await ctlJson('operation', 'status', id))['status'] === 'SUCCEEDED',
    );
    expect((await listed('operation', 'list')).map((row) => row['id'])).toContain(id);
    const { out } = await ctl(['operation', 'status', id]);
    expect(out).toMatch(/^orders +1 done, 0 failed, of 1$/m);
    const resumed = await ctl(['operation', 'resume', id]);
    expect(resumed.code).toBe(1);
    expect(resumed.err).toContain('OPERATION_STATE_CONFLICT');
  });
});

describe('migration status', () => {
  it('says that the database is up to date, also as the login of the migrations', async () => {
    expect(await ctlJson('migration', 'status')).toMatchObject({
      isUpToDate: true,
      missing: [],
      unknown: [],
    });
    const { code, out } = await ctl(['migration', 'status'], {
      DATABASE_URL: '',
      DATABASE_MIGRATION_URL: world.service.database.url,
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^InitialSchema\d+ +applied$/m);
    expect(out).toMatch(/The database is up to date\.\n$/);
  });

  it('ends with 1 while one is missing, and names those of a newer build', async () => {
    const database = await createTestDatabase();
    try {
      const empty = await ctl(['migration', 'status'], { DATABASE_URL: database.url });
      expect({ code: empty.code, err: empty.err }).toEqual({ code: 1, err: '' });
      expect(empty.out).toMatch(/^InitialSchema\d+ +missing$/m);
    } finally {
      await database.drop();
    }
    await world.rows(`insert into schema_migrations (timestamp, name) values (9, 'Tomorrow9')`);
    const newer = await ctl(['migration', 'status']);
    await world.rows(`delete from schema_migrations where name = 'Tomorrow9'`);
    expect(newer.code).toBe(0);
    expect(newer.out).toMatch(/^Tomorrow9 +unknown: a newer build applied it$/m);
  });

  it('says what keeps it from looking', async () => {
    expect(await ctl(['migration', 'status'], { DATABASE_URL: '' })).toMatchObject({
      code: 78,
      err: expect.stringContaining('DATABASE_URL is required') as string,
    });
    expect(
      await ctl(['migration', 'status'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' }),
    ).toMatchObject({
      code: 69,
      err: expect.stringMatching(/^No connection: .*ECONNREFUSED/) as string,
    });
  });
});

describe('dead-letter', () => {
  it('lists what was given up and puts it back', async () => {
    const body = Buffer.from(JSON.stringify({ pattern: 'payment.succeeded', data: {} }));
    broker.channel.publish(broker.name('order-service.dead-letters'), 'order-service.events', body, {
      persistent: true,
      messageId: 'message-1',
      headers: { 'x-reason': 'PAYLOAD_INVALID', 'x-detail': 'no tenantId' },
    });
    await broker.channel.waitForConfirms();

    expect(await listed('dead-letter', 'list')).toMatchObject([
      { queue: 'events', id: 'message-1', pattern: 'payment.succeeded', reason: 'PAYLOAD_INVALID' },
    ]);
    expect((await ctl(['dead-letter', 'replay', '--id', 'other'])).code).toBe(1);
    const replayed = await ctl(['dead-letter', 'replay', '--id', 'message-1']);
    expect(replayed.code).toBe(0);
    expect(replayed.out).toMatch(/1 message put back\.\n$/);
  });

  it('says what keeps it from the broker', async () => {
    expect(await ctl(['dead-letter', 'list'], { RABBITMQ_URL: '' })).toMatchObject({ code: 78 });
    expect(await ctl(['dead-letter', 'list'], { RABBITMQ_URL: 'amqp://127.0.0.1:1' })).toMatchObject({
      code: 69,
      err: 'The broker at RABBITMQ_URL does not answer (ECONNREFUSED).\n',
    });
    expect(await ctl(['dead-letter', 'list'], { RABBITMQ_PREFIX: 'nobody.' })).toMatchObject({
      code: 1,
      err: 'The broker has no such queue. Start the service once: it declares its queues.\n',
    });
    const stranger = broker.url.replace(/\/\/[^@]*@/, '//stranger:wrong@');
    expect((await ctl(['dead-letter', 'list'], { RABBITMQ_URL: stranger })).code).toBe(77);
  });
});

describe('a wrong start', () => {
  it('is refused with the code of its kind, in a sentence without a stack', async () => {
    const ends = [
      await ctl(['effect', 'list'], { ORDER_SERVICE_TOKEN: 'forged' }),
      await ctl(['effect', 'list'], { ORDER_SERVICE_TOKEN: buyer.token }),
      await ctl(['effect', 'list'], { ORDER_SERVICE_URL: 'http://127.0.0.1:1' }),
      await ctl(['effect', 'list'], { ORDER_SERVICE_TOKEN: '' }),
      await ctl(['effect', 'lost']),
    ];
    expect(ends.map(({ code }) => code)).toEqual([77, 77, 69, 78, 64]);
    for (const { out, err } of ends) {
      expect(out).toBe('');
      expect(err.length).toBeGreaterThan(20);
      expect(err).not.toMatch(/\n\s+at |forged|node_modules/);
      expect(err).not.toContain(buyer.token);
    }
  });

  it('shows its help', async () => {
    const { code, out } = await ctl(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: order-service');
  });
});
