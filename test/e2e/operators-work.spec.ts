import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { newServiceKeys, ServiceProcess } from '../support/service-process.js';
import { ServiceWorld, type Caller, type OrderView } from '../support/service-world.js';

// What docs/runbook.md tells operators to do, done.

let world: ServiceWorld;
const first = newServiceKeys().appSecrets;

const second = `next:${randomBytes(32).toString('base64')}`;

beforeAll(async () => {
  world = await ServiceWorld.start({ environment: { APP_SECRETS: first } });
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
  it('replays a client secret that the old key sealed, byte for byte, while both keys are there', async () => {
    const buyer = await world.user();
    const { id } = await world.pending(buyer, await world.newEvent());
    const [path, key] = [`/api/v1/orders/${id}/reserve`, randomUUID()];
    const before = await (await post(world.service.url, path, buyer, key)).text();

    const [asSecond, asFirst] = [`${first},${second}`, `${second},${first}`];
    for (const secrets of [asSecond, asFirst])
      await onReplica({ APP_SECRETS: secrets }, async (replica) => {
        const again = await post(replica.url, path, buyer, key);
        expect([again.status, await again.text()]).toEqual([200, before]);
        expect(again.headers.get('idempotency-replayed')).toBe('true');
      });
    expect(before).toContain('clientSecret');
  });

  it('lets a replica with the old keys read what one with the new keys sealed', async () => {
    const buyer = await world.user();
    const { id } = await world.pending(buyer, await world.newEvent());
    const [path, key] = [`/api/v1/orders/${id}/reserve`, randomUUID()];

    const sealed = await onReplica({ APP_SECRETS: `${second},${first}` }, async (replica) =>
      (await post(replica.url, path, buyer, key)).text(),
    );
    await onReplica({ APP_SECRETS: `${first},${second}` }, async (replica) => {
      expect(await (await post(replica.url, path, buyer, key)).text()).toBe(sealed);
    });
  });

  it('lets a buyer go on whose secret was sealed by a key that is gone', async () => {
    const buyer = await world.user();
    const order = await world.reserved(buyer, await world.newEvent());

    await onReplica({ APP_SECRETS: second }, async (replica) => {
      const again = await post(replica.url, `/api/v1/orders/${order.id}/reserve`, buyer, randomUUID());
      expect(again.status).toBe(200);
      const body = (await again.json()) as OrderView & {
        readonly payment: { readonly clientSecret: unknown };
      };
      expect(body.status).toBe('RESERVED');
      expect(typeof body.payment.clientSecret).toBe('string');
    });
  });
});

describe('rolling back', () => {
  it('serves on a schema that is newer than this version', async () => {
    await world.rows(
      `insert into schema_migrations (timestamp, name) values (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await world.rows('alter table orders add column from_the_future text');
    const buyer = await world.user();

    await onReplica({ PROCESS_ROLES: 'http,worker' }, async (replica) => {
      const started = await fetch(`${replica.url}/health/startup`);
      expect(started.status).toBe(200);
    });
    const order = await world.completed(buyer, await world.newEvent());

    expect(order.status).toBe('COMPLETED');
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
