import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { newServiceKeys, ServiceProcess } from '../support/service-process.js';
import { ServiceWorld, type Caller, type OrderView } from '../support/service-world.js';

// What docs/runbook.md tells operators to do, done.

let world: ServiceWorld;
const first = newServiceKeys().appSecrets;
const second = `next:${randomBytes(32).toString('base64')}`;

/** The first step of a rotation is done: every replica reads both keys, and writes with the old one. */
beforeAll(async () => {
  world = await ServiceWorld.start({ environment: { APP_SECRETS: `${first},${second}` } });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

/** Another replica on the same database, with settings of its own; gone when `work` is done. */
async function onReplica<T>(
  environment: Readonly<Record<string, string>>,
  work: (replica: ServiceProcess) => Promise<T>,
): Promise<T> {
  const replica = await ServiceProcess.start({
    siblings: world.sandbox.url,
    database: world.service.database,
    environment: {
      AUTH_JWKS_URL: world.userKeys.url,
      SERVICE_JWKS_URL: world.serviceKeys.url,
      PROCESS_ROLES: 'http',
      ...environment,
    },
  });
  try {
    return await work(replica);
  } finally {
    await replica.stop();
  }
}

async function post(url: string, path: string, buyer: Caller, key: string): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${buyer.token}`, 'idempotency-key': key },
  });
}

describe('rotating APP_SECRETS', () => {
  it('replays client secrets byte for byte, whichever of the two keys sealed them', async () => {
    const buyer = await world.user();
    const event = await world.newEvent();
    const [older, newer] = [await world.pending(buyer, event), await world.pending(buyer, event)];
    const reserve = async (url: string, order: OrderView, key: string): Promise<string> =>
      (await post(url, `/api/v1/orders/${order.id}/reserve`, buyer, key)).text();
    const [olderKey, newerKey] = [randomUUID(), randomUUID()];

    const byOld = await reserve(world.service.url, older, olderKey);
    const [replayed, byNew] = await onReplica({ APP_SECRETS: `${second},${first}` }, async ({ url }) => [
      await reserve(url, older, olderKey),
      await reserve(url, newer, newerKey),
    ]);

    expect(byOld).toMatch(/"clientSecret":"\w/);
    expect(replayed).toBe(byOld);
    expect(byNew).toMatch(/"clientSecret":"\w/);
    expect(await reserve(world.service.url, newer, newerKey)).toBe(byNew);
  });
});

describe('rolling back, with a leaked key removed at once', () => {
  it('serves on a schema that is newer, and a buyer whose secret is lost may cancel and order again', async () => {
    await world.rows(
      `insert into schema_migrations (timestamp, name) values (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await world.rows('alter table orders add column from_the_future text');
    const buyer = await world.user();
    const order = await world.reserved(buyer, await world.newEvent());

    await onReplica({ APP_SECRETS: second }, async ({ url }) => {
      const again = await post(url, `/api/v1/orders/${order.id}/reserve`, buyer, randomUUID());
      const cancelled = await post(url, `/api/v1/orders/${order.id}/cancel`, buyer, randomUUID());

      expect((await fetch(`${url}/health/startup`)).status).toBe(200);
      expect(await again.json()).toMatchObject({ status: 'RESERVED', payment: { clientSecret: null } });
      expect(await cancelled.json()).toMatchObject({ status: 'CANCELLED' });
    });
    expect((await world.completed(buyer, await world.newEvent())).status).toBe('COMPLETED');
  });
});

describe('an event called off by hand', () => {
  it('tells first what it would do, then does it, and says how far it is', async () => {
    const event = await world.newEvent();
    const buyer = await world.user();
    const paid = await world.completed(buyer, event);
    const open = await world.pending(buyer, event);
    const { token } = await world.sibling({ scope: 'orders:bulk-cancel orders:read' });
    const path = '/internal/v1/orders/bulk/cancel';
    const body = { eventId: event.id, reason: 'the hall burnt down' };

    const dry = await world.send({
      method: 'POST',
      path,
      token,
      key: randomUUID(),
      body: { ...body, dryRun: true },
    });
    expect(dry.expect(200)).toMatchObject({ total: 2, byStatus: { PENDING: 1, COMPLETED: 1 } });
    const begun = await world.send({ method: 'POST', path, token, key: randomUUID(), body });
    begun.expect(202);

    const address = begun.headers.get('location') ?? '';
    await eventually('the operation has ended', async () => {
      const operation = (await world.send({ method: 'GET', path: address, token })).expect(200);
      return (operation as { readonly status: string }).status === 'SUCCEEDED';
    });
    expect((await world.order(buyer, paid.id)).status).toBe('REFUNDED');
    expect((await world.order(buyer, open.id)).status).toBe('CANCELLED');
  });
});
