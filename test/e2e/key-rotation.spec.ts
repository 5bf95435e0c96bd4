import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { ServiceWorld } from '../support/service-world.js';
import { newSigningKey, sign, userClaims, type SigningKey } from '../support/token-issuer.js';

let world: ServiceWorld;

beforeAll(async () => {
  world = await ServiceWorld.start();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

function tokenOf(key: SigningKey): Promise<string> {
  return sign(key, userClaims(new Date(), { sub: randomUUID(), tenant_id: world.tenantId }));
}

async function statusFor(token: string): Promise<number> {
  return (await world.send({ method: 'GET', path: '/api/v1/orders', token })).status;
}

it('learns a rotated key from the first token that names it, and forgets the old one with its tokens', async () => {
  const oldToken = await tokenOf(world.userKey);
  expect(await statusFor(oldToken)).toBe(200);
  const fetchesBefore = world.userKeys.fetches;
  const newKey = newSigningKey('ES256');
  await world.userKeys.publish(newKey);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf(newKey)));
  expect(await Promise.all(tokens.map(statusFor))).toEqual(tokens.map(() => 200));
  expect(world.userKeys.fetches - fetchesBefore).toBe(1);
  expect(await statusFor(oldToken)).toBe(401);
  await world.userKeys.publish(newKey, world.userKey);
});

it('asks for keys at most once while 300 made-up key ids storm in', async () => {
  const fetchesBefore = world.userKeys.fetches;
  const strangers = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      sign({ ...world.serviceKey, kid: `made-up-${index}` }, userClaims(new Date())),
    ),
  );
  const statuses = await Promise.all(strangers.map(statusFor));
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(world.userKeys.fetches - fetchesBefore).toBeLessThanOrEqual(1);
});

it('knows its users while auth-service is away, and says 503 when it starts without it', async () => {
  const token = (await world.sibling({ scope: 'orders:read' })).token;
  const path = '/internal/v1/orders/expiring';
  world.serviceKeys.status = 503;
  expect((await world.send({ method: 'GET', path, token })).status).toBe(200);

  await world.service.stop();
  await world.service.launch();
  const refused = await world.send({ method: 'GET', path, token });
  expect([refused.status, refused.code]).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  world.serviceKeys.status = 200;
  await eventually('the services are known again', async () => {
    return (await world.send({ method: 'GET', path, token })).status === 200;
  });
}, 30_000);
