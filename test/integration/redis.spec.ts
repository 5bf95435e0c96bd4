import type { RedisConnection } from '@app/platform';
import type { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { connectedRedis, freshPrefix, platformConfig, testRedisUrl } from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const open: { onApplicationShutdown(): void }[] = [];
const proxies: TcpProxy[] = [];

async function redisThrough(environment: Readonly<Record<string, string>>): Promise<RedisConnection> {
  const redis = await connectedRedis(platformConfig(environment));
  open.push(redis);
  return redis;
}

async function proxied(): Promise<{ readonly proxy: TcpProxy; readonly redis: RedisConnection }> {
  const proxy = await TcpProxy.before(testRedisUrl());
  proxies.push(proxy);
  return { proxy, redis: await redisThrough({ REDIS_URL: proxy.url(testRedisUrl()) }) };
}

const ping = (client: Redis): Promise<string> => client.ping();

afterEach(async () => {
  for (const redis of open.splice(0)) redis.onApplicationShutdown();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
});

describe('the connection to Redis', () => {
  it('gives the answers of Redis, with every key under our prefix', async () => {
    const prefix = freshPrefix();
    const redis = await redisThrough({ REDIS_URL: testRedisUrl(), REDIS_KEY_PREFIX: `${prefix}ours:` });
    const other = await redisThrough({ REDIS_URL: testRedisUrl(), REDIS_KEY_PREFIX: prefix });

    await redis.run('set', (client) => client.set('greeting', 'hello', 'PX', 10_000));

    expect(redis.state()).toBe('ok');
    expect(await other.run('get', (client) => client.get('ours:greeting'))).toEqual({
      ok: true,
      value: 'hello',
    });
  });

  it('is disabled, and asked nothing, without an address', async () => {
    const redis = await redisThrough({ REDIS_URL: '' });
    const use = jest.fn(ping);

    expect(await redis.run('ping', use)).toEqual({ ok: false });
    expect(redis.state()).toBe('disabled');
    expect(await redis.check()).toBe('disabled');
    expect(use).not.toHaveBeenCalled();
  });

  it('is down when nobody listens', async () => {
    const redis = await redisThrough({ REDIS_URL: 'redis://127.0.0.1:9' });

    expect(redis.state()).toBe('down');
    expect(await redis.run('ping', ping)).toEqual({ ok: false });
  });

  it('is down when it accepts connections and never answers', async () => {
    const proxy = await TcpProxy.before(testRedisUrl());
    proxies.push(proxy);
    proxy.freeze();

    const redis = await redisThrough({ REDIS_URL: proxy.url(testRedisUrl()) });

    expect(redis.state()).toBe('down');
  });

  it('costs one time-out when it begins to hang, and nothing afterwards', async () => {
    const { proxy, redis } = await proxied();
    proxy.freeze();

    expect(await redis.run('ping', ping)).toEqual({ ok: false });
    const use = jest.fn(ping);
    for (let n = 0; n < 20; n += 1) expect(await redis.run('ping', use)).toEqual({ ok: false });

    expect(use).not.toHaveBeenCalled();
  });

  it('is used again, without any request having to try, once it answers', async () => {
    const { proxy, redis } = await proxied();
    proxy.freeze();
    await redis.run('ping', ping);
    proxy.mend();

    await eventually('Redis is back', () => redis.state() === 'ok');

    expect(await redis.run('ping', ping)).toEqual({ ok: true, value: 'PONG' });
  });

  it('notices a lost connection before anybody asks', async () => {
    const { proxy, redis } = await proxied();
    proxy.cut();
    await eventually('the loss is noticed', () => redis.state() === 'down');
    proxy.mend();

    await eventually('Redis is back', () => redis.state() === 'ok');
  });

  it('never sends what was given up when it comes back', async () => {
    const { proxy, redis } = await proxied();
    proxy.freeze();
    await redis.run('set', (client) => client.set('late', 'write', 'PX', 10_000));
    proxy.cut();
    proxy.mend();
    await eventually('Redis is back', () => redis.state() === 'ok');

    expect(await redis.run('get', (client) => client.get('late'))).toEqual({ ok: true, value: null });
  });

  it('leaves a request out of it when a command is refused', async () => {
    const redis = await redisThrough({ REDIS_URL: testRedisUrl() });
    await redis.run('set', (client) => client.set('text', 'abc', 'PX', 10_000));

    expect(await redis.run('incr', (client) => client.incr('text'))).toEqual({ ok: false });
  });

  it('opens no connection any more after the shutdown', async () => {
    const { proxy, redis } = await proxied();
    redis.onApplicationShutdown();
    const before = proxy.connectionCount;

    expect(await redis.run('ping', ping)).toEqual({ ok: false });
    expect(proxy.connectionCount).toBe(before);
  });
});
