import { randomUUID } from 'node:crypto';
import { ClientRMQ, RmqRecordBuilder } from '@nestjs/microservices';
import { CONSUMED_PATTERNS, Metrics } from '@app/platform';
import { firstValueFrom } from 'rxjs';
import { eventually } from '../support/eventually.js';
import { registeredPatterns } from '../support/message-patterns.js';
import { MessagingWorld } from '../support/messaging-world.js';
import { newSigningKey, publicPem } from '../support/token-issuer.js';
import {
  CALLERS,
  EVENTS,
  OTHER_TENANT,
  QUESTIONS,
  messageHeaders,
  type Body,
  type CallerName,
  type Issuer,
  type Reserved,
} from './message-table.js';

const serviceKey = newSigningKey('ES256');
let world: MessagingWorld;
let client: ClientRMQ;

beforeAll(async () => {
  world = await MessagingWorld.start({ SERVICE_PUBLIC_KEY: publicPem(serviceKey) });
  client = new ClientRMQ({
    urls: [world.broker.url],
    queue: world.broker.name('order-service.rpc'),
    noAssert: true,
  });
}, 60_000);

afterAll(async () => {
  await client.close();
  await world.stop();
});

/** The answer, or the problem it was refused with. */
function ask(pattern: string, data: Body, headers: Readonly<Record<string, string>>): Promise<Body> {
  const record = new RmqRecordBuilder(data).setOptions({ headers }).build();
  return firstValueFrom(client.send<Body>(pattern, record)).catch((error: unknown) => error as Body);
}

function codeOf(answer: Body): unknown {
  return (answer['error'] as Body | undefined)?.['code'];
}

function issuer(): Issuer {
  return { world, key: serviceKey };
}

/** What nobody without the right may change. */
async function traces(orderId: string): Promise<unknown> {
  return world.sql.query(
    `select o.status, o.version, o.op, (select count(*)::int from order_events e where e.order_id = o.id) as history,
            (select count(*)::int from operations p where p.tenant_id = o.tenant_id) as operations,
            (select count(*)::int from sale_stops s where s.tenant_id = o.tenant_id) as stops
       from orders o where o.id = $1`,
    [orderId],
  );
}

async function paidOrder(): Promise<Reserved> {
  const order = await world.reservedOrder();
  await world.pay(order.paymentIntentId);
  return order;
}

it('names every pattern that the service listens to, and no other', () => {
  const { questions, events } = registeredPatterns(world.app);

  expect(Object.keys(QUESTIONS).sort()).toEqual(questions);
  expect(Object.keys(EVENTS).sort()).toEqual(events);
  expect([...CONSUMED_PATTERNS].sort()).toEqual(events);
});

describe.each(Object.entries(QUESTIONS))('the question %s', (pattern, row) => {
  const names = Object.keys(CALLERS) as readonly CallerName[];
  const refused = names.filter((name) => !['granted', 'elsewhere'].includes(CALLERS[name]));

  it('turns everybody else away and changes nothing', async () => {
    const order = await paidOrder();
    const before = await traces(order.id);
    const codes: Record<string, unknown> = {};
    for (const name of refused) {
      codes[name] = codeOf(
        await ask(pattern, row.question(order), await messageHeaders(issuer(), name, row.scope)),
      );
    }
    const elsewhere = await ask(
      pattern,
      row.question(order),
      await messageHeaders(issuer(), 'service of another tenant', row.scope),
    );

    expect(codes).toEqual(Object.fromEntries(refused.map((name) => [name, CALLERS[name]])));
    expect(codeOf(elsewhere) ?? 'nothing').toBe(row.elsewhere);
    expect(JSON.stringify(elsewhere)).not.toContain(world.event.tenantId);
    expect(await traces(order.id)).toEqual(before);
  }, 60_000);

  it.each(names.filter((name) => CALLERS[name] === 'granted'))('answers: %s', async (name) => {
    const order = pattern === 'orders.confirm' ? await paidOrder() : await world.reservedOrder();

    expect(
      await ask(pattern, row.question(order), await messageHeaders(issuer(), name, row.scope)),
    ).toMatchObject(row.granted);
  });

  it('is kept in the audit log when it was forbidden, with actor, pattern and request id', async () => {
    const order = await paidOrder();
    const headers = await messageHeaders(issuer(), 'service without the scope', row.scope);
    await ask(pattern, row.question(order), headers);

    const kept = (): Promise<readonly Body[]> =>
      world.sql.query<Body>(
        `select actor_kind as kind, actor_id as actor, action, outcome, code, reason from audit_log where request_id = $1`,
        [headers['x-request-id']],
      );
    await eventually('it is recorded', async () => (await kept()).length > 0);
    expect(await kept()).toEqual([
      {
        kind: 'service',
        actor: 'payment-service',
        action: `RPC ${pattern}`,
        outcome: 'refused',
        code: 'FORBIDDEN',
        reason: expect.stringContaining(row.scope) as string,
      },
    ]);
  });
});

it('keeps in the audit log what a service with the scope was refused', async () => {
  const order = await world.createdOrder();
  await world.call('POST', `/${order.id}/cancel`, {});
  const headers = await messageHeaders(issuer(), 'service with the scope', 'orders:expire');

  expect(codeOf(await ask('orders.expire', { orderId: order.id }, headers))).toBe('ORDER_STATE_CONFLICT');

  const kept = (): Promise<readonly Body[]> =>
    world.sql.query<Body>('select action, subject, code from audit_log where request_id = $1', [
      headers['x-request-id'],
    ]);
  await eventually('it is recorded', async () => (await kept()).length > 0);
  expect(await kept()).toEqual([
    { action: 'RPC orders.expire', subject: order.id, code: 'ORDER_STATE_CONFLICT' },
  ]);
});

describe.each(CONSUMED_PATTERNS)('the event %s', (pattern) => {
  async function deliveries(): Promise<number> {
    const text = await world.app.get(Metrics).expose();
    return text
      .split('\n')
      .filter((line) => line.startsWith('inbox_messages_total{'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Told, and settled one way or the other. */
  async function told(data: Body): Promise<void> {
    const before = await deliveries();
    await world.broker.announce(pattern, data, { messageId: randomUUID() });
    await eventually('it is settled', async () => (await deliveries()) > before);
  }

  beforeEach(async () => {
    await world.broker.channel.purgeQueue(world.broker.name('order-service.events.dead-letters'));
  });

  it('touches nothing of ours when it names another tenant', async () => {
    const order = await paidOrder();
    const before = await traces(order.id);

    await told({ ...EVENTS[pattern](order), tenantId: OTHER_TENANT });

    expect(await traces(order.id)).toEqual(before);
  });

  it.each([
    ['names no tenant', 'TENANT_MISSING', (data: Body) => data],
    ['names a tenant that is none', 'TENANT_INVALID', (data: Body) => ({ ...data, tenantId: 'default' })],
    [
      'names two tenants',
      'TENANT_CONTRADICTED',
      (data: Body) => ({
        specversion: '1.0',
        id: randomUUID(),
        type: pattern,
        tenantid: OTHER_TENANT,
        data: { ...data, tenantId: world.event.tenantId },
      }),
    ],
    [
      'says in its envelope that it is another one',
      'PATTERN_CONTRADICTED',
      (data: Body) => ({ specversion: '1.0', id: randomUUID(), type: 'order.created', data }),
    ],
  ])('is dead-lettered when it %s', async (_what, reason, wrong) => {
    const order = await paidOrder();
    const before = await traces(order.id);

    await told(wrong(EVENTS[pattern](order)));

    const [message] = await world.broker.take('order-service.events.dead-letters', 1);
    expect(message?.properties.headers?.['x-reason']).toBe(reason);
    expect(await traces(order.id)).toEqual(before);
  });
});
