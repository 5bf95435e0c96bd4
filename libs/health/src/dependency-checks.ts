import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { RedisConnection, UpstreamClient } from '@app/platform';
import { BrokerProbe } from './broker-probe.js';
import { DatabaseProbe } from './database-probe.js';
import {
  HEALTH_CHECK_NAMES,
  HEALTH_CHECKS,
  type CheckResult,
  type CheckResults,
  type HealthCheckName,
} from './health-checks.js';

/** A dependency that hangs reads like one that is away; every probe must have answered within two seconds. */
const CHECK_TIMEOUT_MS = 1_500;
/** Probes of many load balancers and people share one look. */
const FRESH_MS = 5_000;
/** Readiness decides over traffic, so it may not be older than about a second. */
const READY_FRESH_MS = 1_000;

/** A look at one dependency. It throws when the dependency is ill. */
type Look = () => Promise<'well' | 'disabled'>;

interface Cached {
  /** What shares one result. */
  readonly key: string;
  readonly freshMs: number;
}

/** Looks at dependencies through Terminus: each within its time, cached, and once for all who ask meanwhile. */
@Injectable()
export class DependencyChecks {
  private readonly looks: Readonly<Record<HealthCheckName, Look>>;

  constructor(
    private readonly indicators: HealthIndicatorService,
    database: DatabaseProbe,
    broker: BrokerProbe,
    redis: RedisConnection,
    siblings: UpstreamClient,
  ) {
    this.looks = {
      database: async () => {
        await database.ask();
        return 'well';
      },
      redis: () => lookAtRedis(redis),
      rabbitmq: async () => {
        if (!broker.isEnabled) return 'disabled';
        await broker.ask();
        return 'well';
      },
      'payment-service': () => lookAtSibling(siblings, 'payment-service'),
      'ticket-service': () => lookAtSibling(siblings, 'ticket-service'),
      'event-service': () => lookAtSibling(siblings, 'event-service'),
    };
  }

  /** Every dependency, as seen within the last five seconds. */
  async all(): Promise<CheckResults> {
    const results = await Promise.all(
      HEALTH_CHECK_NAMES.map(
        async (name) => [name, await this.look(name, { key: name, freshMs: FRESH_MS })] as const,
      ),
    );
    return Object.fromEntries(results) as Record<HealthCheckName, CheckResult>;
  }

  /** PostgreSQL, as seen within the last second. */
  databaseNow(): Promise<CheckResult> {
    return this.look('database', { key: 'database-now', freshMs: READY_FRESH_MS });
  }

  private async look(name: HealthCheckName, { key, freshMs }: Cached): Promise<CheckResult> {
    const { well, ill } = HEALTH_CHECKS[name].reads;
    const outcome = await this.indicators
      .check(key)
      .attempt(async () => ({ look: await this.looks[name]() }))
      .withTimeout(CHECK_TIMEOUT_MS)
      .cacheFor(freshMs);
    const { status, look, responseTime } = outcome[key] as LookOutcome;
    const latencyMs = responseTime ?? 0;
    if (status !== 'up') return { reading: ill, latencyMs };
    return { reading: look === 'disabled' ? 'disabled' : well, latencyMs };
  }
}

interface LookOutcome {
  readonly status: string;
  readonly look?: 'well' | 'disabled';
  readonly responseTime?: number;
}

async function lookAtRedis(redis: RedisConnection): Promise<'well' | 'disabled'> {
  const state = await redis.check();
  if (state === 'down') throw new Error('Redis does not answer.');
  return state === 'disabled' ? 'disabled' : 'well';
}

async function lookAtSibling(
  siblings: UpstreamClient,
  name: Parameters<UpstreamClient['ping']>[0],
): Promise<'well'> {
  if ((await siblings.ping(name)) === 'unreachable') throw new Error(`${name} does not answer.`);
  return 'well';
}
