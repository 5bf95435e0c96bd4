import { RedisConnection } from '@app/platform';
import { eventually } from '../support/eventually.js';
import { testRedisUrl } from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { World, type Client } from '../support/world/index.js';

const PER_MINUTE = 6;

let proxy: TcpProxy;
let world: World;

// Two processes of the service that share one Redis, seen through a wire that can be cut.
beforeAll(async () => {
  proxy = await TcpProxy.before(testRedisUrl());
  world = await World.start({
    instances: 2,
    config: {
      REDIS_URL: proxy.url(testRedisUrl()),
      RATE_LIMIT_ENABLED: 'true',
      RATE_LIMIT_READ_PER_MINUTE: String(PER_MINUTE),
      RATE_LIMIT_SERVICE_PER_MINUTE: String(PER_MINUTE),
      REDIS_TIMEOUT_MS: '500',
    },
  });
});

afterAll(async () => {
  proxy.mend();
  await world.stop();
  await proxy.stop();
});

type Read = Awaited<ReturnType<Client['get']>>;

/** The World sends each request to the next process. */
async function reads(by: Client, count: number): Promise<readonly Read[]> {
  const answers = [];
  for (let n = 0; n < count; n += 1) answers.push(await by.get('/api/v1/orders'));
  return answers;
}

function statuses(answers: readonly Read[]): readonly number[] {
  return answers.map(({ status }) => status);
}

const allowed = (count: number): readonly number[] => Array.from({ length: count }, () => 200);
const refused = (count: number): readonly number[] => Array.from({ length: count }, () => 429);

describe('the limit of one user at two processes', () => {
  it('is one limit: what one process counted the other one knows', async () => {
    const by = await world.person();

    expect(statuses(await reads(by, PER_MINUTE + 3))).toEqual([...allowed(PER_MINUTE), ...refused(3)]);
  });

  it('holds for forty requests at once', async () => {
    const by = await world.person();

    const answers = await Promise.all(Array.from({ length: 40 }, () => by.get('/api/v1/orders')));

    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(PER_MINUTE);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(40 - PER_MINUTE);
  });

  it('is told with every answer, and when it is over with the time to wait', async () => {
    const by = await world.person();

    const answers = await reads(by, PER_MINUTE + 1);

    const told = answers.map(({ headers }) => headers.get('ratelimit'));
    const remaining = told.map((header) => Number(/^"read";r=(\d+);t=\d+$/.exec(header ?? '')?.[1]));
    expect(remaining).toEqual([5, 4, 3, 2, 1, 0, 0]);
    for (const { headers } of answers) expect(headers.get('ratelimit-policy')).toBe('"read";q=6;w=60');
    const last = answers.at(-1);
    const waitSeconds = Number(last?.headers.get('retry-after'));
    expect(last?.body).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryable: true });
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    expect(last?.headers.get('ratelimit')).toBe(`"read";r=0;t=${waitSeconds}`);
  });

  it('is of this user in this tenant alone', async () => {
    const by = await world.person();
    await reads(by, PER_MINUTE + 1);

    const sameTenant = await world.person();
    const namesake = await world.person({ sub: by.id, tenantId: '0190b000-0000-7000-8000-0000000000cc' });

    expect(
      statuses([...(await reads(sameTenant, 1)), ...(await reads(namesake, 1)), ...(await reads(by, 1))]),
    ).toEqual([200, 200, 429]);
  });

  it('is not escaped by claiming another address, request id or tenant', async () => {
    const by = await world.person();
    await reads(by, PER_MINUTE);
    const claims = [
      { 'x-forwarded-for': '203.0.113.7' },
      { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' },
      { forwarded: 'for=203.0.113.8' },
      { 'x-real-ip': '203.0.113.7' },
      { 'true-client-ip': '203.0.113.7' },
      { 'x-request-id': 'another' },
      { 'x-tenant-id': '0190b000-0000-7000-8000-0000000000cc' },
      { 'user-agent': 'another' },
    ];

    const answers = await Promise.all(
      claims.map((headers) =>
        fetch(`${world.url}/api/v1/orders`, { headers: { authorization: `Bearer ${by.token}`, ...headers } }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual(claims.map(() => 429));
  });

  it('counts a service by its name, in each tenant', async () => {
    const path = '/internal/v1/orders/expiring';
    const answers = [];
    for (let n = 0; n < PER_MINUTE + 1; n += 1) answers.push((await world.service.get(path)).status);

    expect(answers).toEqual([...allowed(PER_MINUTE), ...refused(1)]);
  });
});

describe('the limit while Redis is away', () => {
  it('goes on in each process from where that process was, and is shared again once Redis is back', async () => {
    const by = await world.person();
    expect(statuses(await reads(by, 2))).toEqual([200, 200]);

    proxy.cut();
    // Each process allows what is left of its own count, so two may allow twice as much, and no more.
    const away = statuses(await reads(by, 2 * PER_MINUTE + 4));
    expect(away.filter((status) => status === 200)).toHaveLength(2 * PER_MINUTE - 2);
    expect(away.slice(-4)).toEqual(refused(4));

    proxy.mend();
    await eventually('both processes have Redis again', () =>
      world.getAll(RedisConnection).every((redis) => redis.state() === 'ok'),
    );
    // Redis counted two before it went; a window that is over begins anew at once, never with a debt.
    const back = statuses(await reads(by, PER_MINUTE + 2));
    expect(back.filter((status) => status === 200)).toHaveLength(PER_MINUTE - 2);
    expect(back.slice(-2)).toEqual(refused(2));
  });
});
