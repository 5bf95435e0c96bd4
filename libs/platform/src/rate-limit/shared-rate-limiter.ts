import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import type { Redis } from 'ioredis';
import { CONFIG, type Config } from '../config/config-table.js';
import {
  RATE_LIMIT_WINDOW_SECONDS,
  type RateLimiter,
  type RateLimitName,
  type RateLimitVerdict,
} from '../http/rate-limit.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { LocalWindows, type WindowCount } from './local-windows.js';
import { RATE_LIMITS } from './rate-limit-rows.js';

const WINDOW_MS = RATE_LIMIT_WINDOW_SECONDS * SECOND_MS;

/** Counts one request; the window starts with the first. A key that lost its life-time gets a new one. */
const COUNT_SCRIPT = `
local count = redis.call('incr', KEYS[1])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
  redis.call('pexpire', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
`;
const COUNT_SCRIPT_SHA = createHash('sha1').update(COUNT_SCRIPT).digest('hex');

/**
 * Fixed windows of a minute per limit and subject, counted by all replicas together in Redis.
 * Each process also counts for itself, so that its limits go on where they were when Redis goes away.
 */
@Injectable()
export class SharedRateLimiter implements RateLimiter {
  private readonly local = new LocalWindows();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly redis: RedisConnection,
  ) {}

  /** Counts one request of `subject` (tenant and user, or service) against `limit`. Never throws. */
  async take(limit: RateLimitName, subject: string): Promise<RateLimitVerdict> {
    const allowed = this.config[RATE_LIMITS[limit]];
    if (!this.config.RATE_LIMIT_ENABLED) {
      return { allowed: true, limit: allowed, remaining: allowed, resetSeconds: RATE_LIMIT_WINDOW_SECONDS };
    }
    const key = `rate:${limit}:${subject}`;
    const own = this.local.count(key, { nowMs: this.clock.monotonicMs(), windowMs: WINDOW_MS });
    const shared = await this.redis.run('rate-limit', (client) => countInRedis(client, key));
    return verdict(allowed, shared.ok ? shared.value : own);
  }
}

function verdict(limit: number, { count, resetMs }: WindowCount): RateLimitVerdict {
  return {
    allowed: count <= limit,
    limit,
    remaining: Math.max(0, limit - count),
    resetSeconds: Math.max(1, Math.ceil(resetMs / SECOND_MS)),
  };
}

async function countInRedis(client: Redis, key: string): Promise<WindowCount> {
  let answer: unknown;
  try {
    answer = await client.evalsha(COUNT_SCRIPT_SHA, 1, key, WINDOW_MS);
  } catch (error) {
    // A flushed or restarted server has forgotten the script.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    answer = await client.eval(COUNT_SCRIPT, 1, key, WINDOW_MS);
  }
  if (!Array.isArray(answer)) throw new Error('The counting script must return two numbers.');
  const [count, resetMs] = answer as readonly unknown[];
  if (typeof count !== 'number' || typeof resetMs !== 'number')
    throw new Error('The counting script must return two numbers.');
  return { count, resetMs };
}
