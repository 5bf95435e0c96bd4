import { randomUUID } from 'node:crypto';
import { sign, serviceClaims, userClaims } from '../support/token-issuer.js';
import type { HttpAnswer } from '../support/http-request.js';
import { registeredRoutes } from '../support/http-routes.js';
import { ServiceWorld } from '../support/service-world.js';
import {
  AUTHORISATION,
  CALLERS,
  type CallerName,
  type RouteRow,
  type Subject,
} from './authorisation-table.js';
import { NOBODYS, requestOf, ROUTES, Stage } from './scenes.js';

const OTHER_TENANT = randomUUID();

let world: ServiceWorld;
let stage: Stage;

beforeAll(async () => {
  world = await ServiceWorld.start();
  stage = await Stage.of(world);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

/** Authorization and X-Tenant-Id of a caller at a route. */
async function headersOf(name: CallerName, row: RouteRow): Promise<Record<string, string>> {
  const token = await tokenOf(name, row);
  const tenant = tenantHeaderOf(name);
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
  };
}

function tenantHeaderOf(name: CallerName): string | undefined {
  if (name === 'service that names its tenant in the header') return world.tenantId;
  return name === 'service with two different tenants' ? OTHER_TENANT : undefined;
}

async function tokenOf(name: CallerName, row: RouteRow): Promise<string | undefined> {
  const scope = row.scope ?? 'orders:read';
  const expiredAt = Math.floor(Date.now() / 1_000) - 3_600;
  switch (name) {
    case 'anonymous':
      return undefined;
    case 'owner':
      return stage.owner.token;
    case 'other user of the tenant':
      return (await world.user()).token;
    case 'user without a role':
      return (await world.user({ sub: stage.owner.id, role: 'guest' })).token;
    case 'admin':
      return (await world.user({ role: 'admin' })).token;
    case 'admin of another tenant':
      return (await world.user({ role: 'admin', tenant_id: OTHER_TENANT })).token;
    case 'wrong audience':
      return ownToken(row, { aud: 'another-service' });
    case 'expired':
      return ownToken(row, { iat: expiredAt - 60, exp: expiredAt });
    case 'service with the scope':
    case 'service with two different tenants':
      return (await world.sibling({ scope })).token;
    case 'service that names its tenant in the header':
    case 'service without tenant':
      return (await world.sibling({ scope, tenant_id: undefined })).token;
    case 'service without the scope':
      return (await world.sibling({ scope: otherScopes(scope) })).token;
    case 'service of another tenant':
      return (await world.sibling({ scope, tenant_id: OTHER_TENANT })).token;
  }
}

/** A token of the kind this route wants, wrong in one way. */
function ownToken(row: RouteRow, wrong: Readonly<Record<string, unknown>>): Promise<string> {
  const now = new Date();
  if (row.scope === undefined) {
    return sign(world.userKey, userClaims(now, { sub: stage.owner.id, tenant_id: world.tenantId, ...wrong }));
  }
  return sign(
    world.serviceKey,
    serviceClaims(now, { scope: row.scope, tenant_id: world.tenantId, ...wrong }),
  );
}

function otherScopes(scope: string): string {
  return ['orders:confirm', 'orders:expire', 'orders:read', 'orders:bulk-cancel', 'orders:*']
    .filter((other) => other !== scope)
    .join(' ');
}

async function ask(route: string, row: RouteRow, name: CallerName, subject: Subject): Promise<HttpAnswer> {
  return world.send({ ...requestOf(route, row, subject), headers: await headersOf(name, row) });
}

/** Everything a request could have changed for this order, and how many orders there are. */
async function traces(orderId: string): Promise<unknown> {
  return {
    orders: await world.rows('select id, version, status, op from orders where id = $1', [orderId]),
    history: await world.count('order_events where order_id = $1', [orderId]),
    refunds: await world.count('order_refunds where order_id = $1', [orderId]),
    ordersInAll: await world.count('orders'),
    keys: await world.count('idempotency_keys'),
  };
}

it('names every route of the service, and no other', async () => {
  const routes = await registeredRoutes(world.service.database);
  expect(Object.keys(AUTHORISATION).sort()).toEqual([...routes].sort());
});

const [openRows, guardedRows] = [true, false].map((isOpen) =>
  ROUTES.filter(([, row]) => (row.expected.anonymous === 200) === isOpen),
);

it.each(openRows ?? [])('%s is open to everybody, whatever token they bring', async (route, row) => {
  const subject = await stage.subject(row.scene);
  for (const name of CALLERS) expect((await ask(route, row, name, subject)).status).toBe(row.expected[name]);
});

describe.each(guardedRows ?? [])('%s', (route, row) => {
  const refused = CALLERS.filter((name) => row.expected[name] >= 300);
  const admitted = CALLERS.filter((name) => row.expected[name] < 300);

  it('turns everybody else away and changes nothing', async () => {
    const subject = await stage.subject(row.scene);
    const before = await traces(subject.orderId);
    const answers: Record<string, number> = {};
    for (const name of refused) {
      const answer = await ask(route, row, name, subject);
      answers[name] = answer.status;
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.headers.get('www-authenticate')).toBe(answer.status === 401 ? 'Bearer' : null);
    }
    expect(answers).toEqual(Object.fromEntries(refused.map((name) => [name, row.expected[name]])));
    expect(await traces(subject.orderId)).toEqual(before);
  }, 30_000);

  // A route over things that no scene makes admits somebody with a 404.
  if (admitted.length > 0)
    it.each(admitted)('lets in: %s', async (name) => {
      const answer = await ask(route, row, name, await stage.subject(row.scene));
      expect({ status: answer.status, body: answer.text.slice(0, 300) }).toMatchObject({
        status: row.expected[name],
      });
    });
});

it('tells nobody that an order exists: of others, of other tenants and of nobody look the same', async () => {
  const order = await world.completed(stage.owner, stage.event);
  const routes = ROUTES.filter(([route]) => route.includes('/:orderId'));
  for (const [route, row] of routes) {
    const seen = await Promise.all(
      (['other user of the tenant', 'admin of another tenant', 'service of another tenant'] as const).map(
        async (name) => [
          await ask(route, row, name, { ...NOBODYS, orderId: order.id }),
          await ask(route, row, name, NOBODYS),
        ],
      ),
    );
    for (const [real, imagined] of seen) expect(anonymised(real)).toEqual(anonymised(imagined));
  }
});

function anonymised(answer: HttpAnswer | undefined): unknown {
  return { ...answer?.body, requestId: '', instance: '', status: answer?.status };
}

it('lists to each user and tenant only what is theirs', async () => {
  await world.pending(stage.owner, stage.event);
  const lists = await Promise.all(
    (['other user of the tenant', 'admin of another tenant'] as const).map((name) =>
      ask('GET /api/v1/orders', AUTHORISATION['GET /api/v1/orders'], name, NOBODYS),
    ),
  );
  for (const list of lists) expect(list.body['data']).toEqual([]);
});
