import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '@app/kernel';
import { ConnectionPools, Lifecycle, SERVICE_NAME, SERVICE_VERSION, type PoolsFigures } from '@app/platform';
import { DatabaseProbe } from './database-probe.js';
import { DependencyChecks } from './dependency-checks.js';
import {
  HEALTH_CHECK_NAMES,
  overallStatus,
  type CheckReading,
  type HealthCheckName,
  type OverallStatus,
} from './health-checks.js';

export interface HealthReport {
  readonly status: OverallStatus;
  readonly service: string;
  readonly version: string;
  readonly timestamp: string;
  readonly checks: Readonly<Record<HealthCheckName, CheckReading>>;
  readonly details: Readonly<Record<HealthCheckName, { readonly latencyMs: number }>>;
}

export interface SchemaChecks {
  readonly database: CheckReading;
  readonly migrations: 'applied' | 'pending';
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready';
  readonly checks: SchemaChecks;
  readonly draining: boolean;
}

export interface StartupReport {
  readonly status: 'started' | 'starting';
  readonly checks: SchemaChecks;
}

export interface DatabaseReport {
  readonly status: CheckReading;
  readonly latencyMs: number;
  readonly pools: PoolsFigures;
}

/** What the health routes tell. Each answers within two seconds, whatever hangs. */
@Injectable()
export class Health {
  constructor(
    private readonly checks: DependencyChecks,
    private readonly database: DatabaseProbe,
    private readonly pools: ConnectionPools,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Every dependency, for people and dashboards. */
  async report(): Promise<HealthReport> {
    const results = await this.checks.all();
    return {
      status: overallStatus(results),
      service: SERVICE_NAME,
      version: SERVICE_VERSION,
      timestamp: this.clock.now().toISOString(),
      checks: perCheck((name) => results[name].reading),
      details: perCheck((name) => ({ latencyMs: results[name].latencyMs })),
    };
  }

  /** Whether requests should come here: a dead Redis, broker or sibling never takes a process out of service. */
  async readiness(): Promise<ReadinessReport> {
    const draining = this.lifecycle.isDraining;
    const checks = await this.schema();
    return { status: isServable(checks) && !draining ? 'ready' : 'not_ready', checks, draining };
  }

  /** Whether the start is over. Once it is, only the database is looked at again. */
  async startup(): Promise<StartupReport> {
    const checks = await this.schema();
    return { status: isServable(checks) ? 'started' : 'starting', checks };
  }

  /** PostgreSQL alone. */
  async databaseReport(): Promise<DatabaseReport> {
    const { reading, latencyMs } = await this.checks.databaseNow();
    return { status: reading, latencyMs, pools: this.pools.figures() };
  }

  private async schema(): Promise<SchemaChecks> {
    const { reading } = await this.checks.databaseNow();
    return { database: reading, migrations: this.database.isMigrated ? 'applied' : 'pending' };
  }
}

function isServable({ database, migrations }: SchemaChecks): boolean {
  return database === 'ok' && migrations === 'applied';
}

function perCheck<T>(of: (name: HealthCheckName) => T): Record<HealthCheckName, T> {
  return Object.fromEntries(HEALTH_CHECK_NAMES.map((name) => [name, of(name)])) as Record<HealthCheckName, T>;
}
