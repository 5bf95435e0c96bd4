import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '@app/kernel';
import { LeaseRows, lockKey, RedisLocks, SharedLocks, type LockKey } from '@app/locking';
import type { Config, RedisConnection } from '@app/platform';
import { eventually } from '../support/eventually.js';
import {
  connectedRedis,
  migratedDatabase,
  newMetrics,
  openDatabase,
  platformConfig,
  testRedisUrl,
  type OpenDatabase,
} from '../support/platform-parts.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { TestDatabase } from '../support/test-database.js';

const tenantId = '01987722-0000-7000-8000-000000000001';
const balcony = lockKey('ticket-type', { tenantId, id: 'balcony' });
const stalls = lockKey('ticket-type', { tenantId, id: 'stalls' });

let testDatabase: TestDatabase;
let config: Config;
let database: OpenDatabase;
const redisConnections: RedisConnection[] = [];

beforeAll(async () => {
  testDatabase = await migratedDatabase();
  // Two connections a pool: whatever holds one while it waits for another shows.
  config = platformConfig({
    DATABASE_URL: testDatabase.url,
    DB_ROLE_PREFIX: testDatabase.rolePrefix,
    DB_POOL_MAX: '2',
    DB_WORKER_POOL_MAX: '1',
  });
  database = await openDatabase(config);
});

afterEach(() => {
  for (const redis of redisConnections.splice(0)) redis.onApplicationShutdown();
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

interface LockProcess {
  readonly locks: SharedLocks;
  readonly redis: RedisConnection;
}

/** What one process of the service would have. */
async function lockProcess(redisConfig: Config): Promise<LockProcess> {
  const redis = await connectedRedis(redisConfig);
  redisConnections.push(redis);
  const locks = new SharedLocks(
    config,
    systemClock,
    redis,
    new RedisLocks(redis),
    new LeaseRows(database.database),
    newMetrics(),
  );
  return { locks, redis };
}

/** The processes take turns. */
function nth(processes: readonly LockProcess[], n: number): LockProcess {
  const process = processes[n % processes.length];
  if (process === undefined) throw new Error('There is no process.');
  return process;
}

async function leaseCount(): Promise<number> {
  return database.database.transaction({ tenantId }, async (tx) => {
    const { count } = await tx.one<{ count: number }>('select count(*)::int as count from lock_leases');
    return count;
  });
}

const withRedis = (): Config => platformConfig({ REDIS_URL: testRedisUrl() });
const withoutRedis = (): Config => platformConfig({ REDIS_URL: '' });

describe.each([
  ['Redis', withRedis],
  ['PostgreSQL', withoutRedis],
] as const)('locks kept in %s', (_name, backendConfig) => {
  it('never let two of twenty holders in two processes in together', async () => {
    const redisConfig = backendConfig();
    const processes = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    let inside = 0;
    let most = 0;

    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        nth(processes, n).locks.hold([balcony], { tenantId, waitMs: 20_000 }, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await nextTurn();
          await nextTurn();
          inside -= 1;
          return n;
        }),
      ),
    );

    expect(most).toBe(1);
    expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('do not deadlock when keys are named in different orders', async () => {
    const redisConfig = backendConfig();
    const processes = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    const orders: LockKey[][] = [[balcony, stalls], [stalls, balcony], [stalls], [balcony]];

    const done = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        nth(processes, n).locks.hold(orders[n % 4] ?? [], { tenantId, waitMs: 20_000 }, async () => {
          await nextTurn();
          return 'done';
        }),
      ),
    );

    expect(new Set(done)).toEqual(new Set(['done']));
  });

  it('let holders of different keys in together', async () => {
    const { locks } = await lockProcess(backendConfig());

    const seen = await locks.hold([balcony], { tenantId }, () =>
      locks.hold([stalls], { tenantId }, () => Promise.resolve('both')),
    );

    expect(seen).toBe('both');
  });

  it('refuse after the wait, so that the caller can say: try again', async () => {
    const redisConfig = backendConfig();
    const [first, second] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);

    await first.locks.hold([balcony], { tenantId }, async () => {
      await expect(
        second.locks.hold([balcony], { tenantId, waitMs: 50 }, () => Promise.resolve('in')),
      ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      await expect(
        first.locks.hold([balcony], { tenantId, waitMs: 50 }, () => Promise.resolve('in')),
      ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    });
  });

  it('stop waiting when the caller has gone', async () => {
    const { locks } = await lockProcess(backendConfig());
    const caller = new AbortController();

    await locks.hold([balcony], { tenantId }, async () => {
      const waiting = locks.hold([balcony], { tenantId, signal: caller.signal }, () => Promise.resolve('in'));
      caller.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    });
  });

  it('are free again after the work, also when it failed', async () => {
    const redisConfig = backendConfig();
    const [first, second] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    const failing = first.locks.hold([balcony], { tenantId }, () => Promise.reject(new Error('sold out')));

    await expect(failing).rejects.toThrow('sold out');

    await expect(
      second.locks.hold([balcony], { tenantId, waitMs: 0 }, () => Promise.resolve('in')),
    ).resolves.toBe('in');
  });

  it('stay taken until their TTL when the outcome of the work is unknown', async () => {
    const redisConfig = backendConfig();
    const [first, second] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    await first.locks.hold([balcony], { tenantId, ttlMs: 700 }, (held) => {
      held.leaveToExpire();
      return Promise.resolve();
    });

    await expect(
      second.locks.hold([balcony], { tenantId, waitMs: 0 }, () => Promise.resolve('in')),
    ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await expect(
      second.locks.hold([balcony], { tenantId, waitMs: 10_000 }, () => Promise.resolve('in')),
    ).resolves.toBe('in');
  });

  it('come to a process that asks while another takes them again and again', async () => {
    const redisConfig = backendConfig();
    const [busy, modest] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    let isOver = false;
    const greedy = Array.from({ length: 3 }, async () => {
      while (!isOver) await busy.locks.hold([balcony], { tenantId, waitMs: 20_000 }, async () => nextTurn());
    });

    const hold = modest.locks.hold([balcony], { tenantId, waitMs: 5_000 }, () => Promise.resolve('in'));

    await expect(hold).resolves.toBe('in');
    isOver = true;
    await Promise.all(greedy);
  });

  it('are prolonged while the work takes longer than their TTL', async () => {
    const redisConfig = backendConfig();
    const [first, second] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);

    await first.locks.hold([balcony], { tenantId, ttlMs: 800 }, async (held) => {
      // Longer than the life of the lock as it was taken.
      await expect(
        second.locks.hold([balcony], { tenantId, waitMs: 2_000 }, () => Promise.resolve('in')),
      ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(held.signal.aborted).toBe(false);
    });
  });
});

describe('locks in Redis', () => {
  it('give the result of the work although the key vanished meanwhile', async () => {
    const redisConfig = withRedis();
    const { locks, redis } = await lockProcess(redisConfig);

    const result = await locks.hold([balcony], { tenantId }, async () => {
      await redis.run('del', (client) => client.del(balcony));
      return 'committed';
    });

    expect(result).toBe('committed');
    expect(redis.state()).toBe('ok');
  });

  it('do not release what another holder took after the key vanished', async () => {
    const redisConfig = withRedis();
    const [first, second] = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);

    await first.locks.hold([balcony], { tenantId }, async () => {
      await first.redis.run('set', (client) => client.set(balcony, 'another holder', 'PX', 10_000));
    });

    expect(await second.redis.run('get', (client) => client.get(balcony))).toEqual({
      ok: true,
      value: 'another holder',
    });
  });

  it('tell the work that its lock is lost', async () => {
    const { locks, redis } = await lockProcess(withRedis());

    const isLost = await locks.hold([balcony], { tenantId, ttlMs: 600 }, async (held) => {
      await redis.run('del', (client) => client.del(balcony));
      await eventually('the loss is noticed', () => held.signal.aborted);
      return held.signal.aborted;
    });

    expect(isLost).toBe(true);
  });

  it('give the result of the work although Redis died meanwhile', async () => {
    const proxy = await TcpProxy.before(testRedisUrl());
    const { locks } = await lockProcess(platformConfig({ REDIS_URL: proxy.url(testRedisUrl()) }));

    const result = await locks.hold([balcony], { tenantId }, () => {
      proxy.freeze();
      return Promise.resolve('committed');
    });

    expect(result).toBe('committed');
    await proxy.stop();
  });
});

describe('locks while Redis is away', () => {
  it.each(['freeze', 'cut'] as const)('are kept in PostgreSQL (%s)', async (how) => {
    const proxy = await TcpProxy.before(testRedisUrl());
    const redisConfig = platformConfig({ REDIS_URL: proxy.url(testRedisUrl()) });
    const processes = await Promise.all([lockProcess(redisConfig), lockProcess(redisConfig)]);
    proxy[how]();
    let inside = 0;
    let most = 0;
    let leases = 0;

    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        nth(processes, n).locks.hold([balcony], { tenantId, waitMs: 20_000 }, async () => {
          inside += 1;
          most = Math.max(most, inside);
          leases = await leaseCount();
          inside -= 1;
        }),
      ),
    );

    expect(most).toBe(1);
    expect(leases).toBe(1);
    expect(await leaseCount()).toBe(0);
    await proxy.stop();
  });
});

describe('locks in PostgreSQL', () => {
  it('leave the connections to others while they are waited for', async () => {
    const processes = await Promise.all(Array.from({ length: 6 }, () => lockProcess(withoutRedis())));

    await nth(processes, 0).locks.hold([balcony], { tenantId }, async () => {
      const waiting = processes
        .slice(1)
        .map(({ locks }) => locks.hold([balcony], { tenantId, waitMs: 300 }, () => Promise.resolve('in')));
      // Six waiters on two connections, and queries of others still get through.
      for (let n = 0; n < 20; n += 1) expect(await leaseCount()).toBe(1);
      for (const result of await Promise.allSettled(waiting)) expect(result.status).toBe('rejected');
    });
  });

  it('take over from a holder who died', async () => {
    const { locks } = await lockProcess(withoutRedis());
    await database.database.transaction({ tenantId }, (tx) =>
      tx.execute(
        `insert into lock_leases (tenant_id, key, holder, lease_until)
         values ($1, $2, gen_random_uuid(), now() - interval '1 millisecond')`,
        [tenantId, balcony],
      ),
    );

    await expect(locks.hold([balcony], { tenantId, waitMs: 0 }, () => Promise.resolve('in'))).resolves.toBe(
      'in',
    );
    expect(await leaseCount()).toBe(0);
  });

  it('take all keys or none', async () => {
    const [first, second] = await Promise.all([lockProcess(withoutRedis()), lockProcess(withoutRedis())]);

    await first.locks.hold([stalls], { tenantId }, async () => {
      await expect(
        second.locks.hold([balcony, stalls], { tenantId, waitMs: 0 }, () => Promise.resolve('in')),
      ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(await leaseCount()).toBe(1);
    });
  });

  it('give the result of the work although the row vanished meanwhile', async () => {
    const { locks } = await lockProcess(withoutRedis());

    const result = await locks.hold([balcony], { tenantId }, async () => {
      await database.database.transaction({ tenantId }, (tx) => tx.execute('delete from lock_leases'));
      return 'committed';
    });

    expect(result).toBe('committed');
  });
});
