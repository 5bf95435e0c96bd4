import { rawRequest, sendRaw, type HttpAnswer } from '../support/http-request.js';
import { ServiceWorld } from '../support/service-world.js';
import { JwksServer, newSigningKey, sign, userClaims } from '../support/token-issuer.js';
import { forgedServiceTokens, forgedUserTokens, type Forge, type Forgery } from './forged-tokens.js';

let world: ServiceWorld;
let attacker: JwksServer;
let forge: Forge;

beforeAll(async () => {
  world = await ServiceWorld.start();
  attacker = await JwksServer.start();
  await attacker.publish(newSigningKey('RS256', 'theirs'));
  const { userKey, serviceKey, tenantId } = world;
  forge = { userKey, serviceKey, tenantId, attackersUrl: attacker.url };
}, 120_000);

afterAll(async () => {
  await attacker.stop();
  await world.stop();
});

async function failuresOf(
  path: string,
  forgeries: readonly Forgery[],
): Promise<Readonly<Record<string, string>>> {
  const failures: Record<string, string> = {};
  for (const { name, authorization } of forgeries) {
    const answer = await world.send({ method: 'GET', path, headers: { authorization } });
    const found = shortcomings(answer, authorization);
    if (found !== '') failures[name] = found;
  }
  return failures;
}

function shortcomings(answer: HttpAnswer, authorization: string): string {
  const secret = authorization.split('.').at(-1) ?? '';
  return [
    answer.status === 401 ? '' : `status ${answer.status} ${answer.text.slice(0, 200)}`,
    answer.headers.get('www-authenticate') === 'Bearer' ? '' : 'no WWW-Authenticate',
    answer.code === 'UNAUTHENTICATED' ? '' : `code ${String(answer.code)}`,
    secret.length > 20 && answer.text.includes(secret) ? 'echoes the token' : '',
  ]
    .filter((text) => text !== '')
    .join('; ');
}

it('answers 401 to every forged or broken user token', async () => {
  const forgeries = await forgedUserTokens(forge);
  expect(forgeries.length).toBeGreaterThan(100);
  expect(await failuresOf('/api/v1/orders', forgeries)).toEqual({});
}, 60_000);

it('answers 401 to every forged or broken service token', async () => {
  const forgeries = await forgedServiceTokens(forge);
  expect(await failuresOf('/internal/v1/orders/expiring', forgeries)).toEqual({});
}, 60_000);

it('takes a token from nowhere but the Authorization header', async () => {
  const { token } = await world.user();
  const elsewhere = [
    { method: 'GET', path: `/api/v1/orders?access_token=${token}` },
    ...['cookie', 'x-authorization', 'proxy-authorization', 'x-access-token'].map((name) => ({
      method: 'GET',
      path: '/api/v1/orders',
      headers: { [name]: name === 'cookie' ? `token=${token}` : `Bearer ${token}` },
    })),
  ];
  for (const request of elsewhere) expect((await world.send(request)).status).toBe(401);
});

it('refuses two Authorization headers, also when both are good', async () => {
  const { token } = await world.user();
  const line = `Authorization: Bearer ${token}`;
  const once = await sendRaw(world.service.url, rawRequest('GET /api/v1/orders', [line]));
  expect(once.status).toBe(200);
  for (const second of [line, line.toLowerCase(), 'authorization: Bearer x', 'Authorization:']) {
    const twice = await sendRaw(world.service.url, rawRequest('GET /api/v1/orders', [line, second]));
    expect(twice.status).toBe(401);
    expect(twice.head.toLowerCase()).toContain('www-authenticate: bearer');
  }
});

it('answers 403 to a good token that grants no role we know', async () => {
  for (const claims of [
    { role: undefined },
    { role: 'Admin' },
    { role: 'superuser' },
    { role: undefined, roles: [] },
    { role: { admin: true } },
  ]) {
    const { tenantId } = world;
    const token = await sign(world.userKey, {
      ...userClaims(new Date(), { tenant_id: tenantId }),
      ...claims,
    });
    const answer = await world.send({ method: 'GET', path: '/api/v1/orders', token });
    expect([claims, answer.status, answer.code]).toEqual([claims, 403, 'FORBIDDEN']);
  }
});

it('never looked where a token told it to, and still knows a good token', async () => {
  expect(attacker.fetches).toBe(0);
  const { token } = await world.user();
  expect((await world.send({ method: 'GET', path: '/api/v1/orders', token })).status).toBe(200);
});
