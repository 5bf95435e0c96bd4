import type { Config, RateLimiter, RedisConnection } from '@app/platform';
import { connectedRedis, newRateLimiter, platformConfig, testRedisUrl } from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const open: RedisConnection[] = [];

async function replicaOf(config: Config): Promise<RateLimiter> {
  const redis = await connectedRedis(config);
  open.push(redis);
  return newRateLimiter(config, redis);
}

async function takeTimes(limiter: RateLimiter, times: number): Promise<boolean[]> {
  const allowed: boolean[] = [];
  for (let n = 0; n < times; n += 1) allowed.push((await limiter.take('create', 'tenant:user')).allowed);
  return allowed;
}

afterEach(() => {
  for (const redis of open.splice(0)) redis.onApplicationShutdown();
});

describe('rate limits', () => {
  it('are counted by all replicas together', async () => {
    const config = platformConfig({ REDIS_URL: testRedisUrl() });
    const replicas = await Promise.all([replicaOf(config), replicaOf(config), replicaOf(config)]);

    const verdicts = await Promise.all(
      replicas.flatMap((replica) => Array.from({ length: 10 }, () => replica.take('create', 'tenant:user'))),
    );

    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(10);
  });

  it('tell how much is left and when there is more', async () => {
    const limiter = await replicaOf(platformConfig({ REDIS_URL: testRedisUrl() }));

    expect(await limiter.take('refund', 'tenant:user')).toEqual({
      allowed: true,
      limit: 3,
      remaining: 2,
      resetSeconds: 60,
    });
    await limiter.take('refund', 'tenant:user');
    await limiter.take('refund', 'tenant:user');
    expect(await limiter.take('refund', 'tenant:user')).toMatchObject({
      allowed: false,
      limit: 3,
      remaining: 0,
    });
  });

  it('count every user and every limit apart', async () => {
    const limiter = await replicaOf(platformConfig({ REDIS_URL: testRedisUrl() }));
    await takeTimes(limiter, 11);

    expect(await limiter.take('create', 'tenant:other-user')).toMatchObject({ allowed: true, remaining: 9 });
    expect(await limiter.take('reserve', 'tenant:user')).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('end by themselves, also when the key has lost its life-time', async () => {
    const config = platformConfig({ REDIS_URL: testRedisUrl() });
    const limiter = await replicaOf(config);
    const redis = await connectedRedis(config);
    open.push(redis);
    const key = 'rate:create:tenant:user';
    await limiter.take('create', 'tenant:user');
    await redis.run('persist', (client) => client.persist(key));

    await limiter.take('create', 'tenant:user');

    const left = await redis.run('pttl', (client) => client.pttl(key));
    expect(left.ok && left.value > 0 && left.value <= 60_000).toBe(true);
  });

  it('hold in each process without Redis', async () => {
    const limiter = await replicaOf(platformConfig({ REDIS_URL: '' }));

    expect(await takeTimes(limiter, 11)).toEqual([...Array.from({ length: 10 }, () => true), false]);
  });

  it('go on where they were when Redis begins to hang', async () => {
    const proxy = await TcpProxy.before(testRedisUrl());
    const limiter = await replicaOf(platformConfig({ REDIS_URL: proxy.url(testRedisUrl()) }));
    await takeTimes(limiter, 6);
    proxy.freeze();

    expect(await takeTimes(limiter, 5)).toEqual([true, true, true, true, false]);
    await proxy.stop();
  });

  it('can be switched off', async () => {
    const limiter = await replicaOf(
      platformConfig({ REDIS_URL: testRedisUrl(), RATE_LIMIT_ENABLED: 'false' }),
    );

    expect((await takeTimes(limiter, 30)).every(Boolean)).toBe(true);
  });
});
