import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { CONFIG, Database, MIGRATIONS, type Config, type TransactionScope } from '@app/platform';
import type { DataSource } from 'typeorm';

/**
 * The background pool, because a full request pool means much to do, not a database that is away: taking a busy
 * process out of service would only make the others busier.
 */
const SCOPE: TransactionScope = { tenantId: null, role: 'worker', pool: 'worker', statementTimeoutMs: 1_000 };

export interface PoolFigures {
  readonly max: number;
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

export interface Pools {
  readonly request: PoolFigures;
  readonly worker: PoolFigures;
}

/** PostgreSQL, as this process reaches it. */
@Injectable()
export class DatabaseProbe {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource('request') private readonly requestPool: DataSource,
    @InjectDataSource('worker') private readonly workerPool: DataSource,
  ) {}

  /** @throws when the database does not answer */
  async ask(): Promise<void> {
    await this.database.transaction(SCOPE, (tx) => tx.one('select 1'));
  }

  /** Whether every migration of this build has been applied. @throws when the database does not answer */
  async isMigrated(): Promise<boolean> {
    return this.database.transaction(SCOPE, async (tx) => {
      const ledger = await tx.one<{ readonly isReadable: boolean | null; readonly hasTables: boolean }>(
        `select has_table_privilege(to_regclass('schema_migrations')::oid, 'select') as "isReadable",
                to_regclass('audit_log') is not null as "hasTables"`,
      );
      // A login that owns nothing may not see the ledger; then the tables themselves are the witness.
      if (ledger.isReadable !== true) return ledger.hasTables;
      const { applied } = await tx.one<{ readonly applied: number }>(
        `select count(*)::int as applied
           from schema_migrations
          where name = any ($1::text[])`,
        [MIGRATIONS.map((migration) => migration.name)],
      );
      return applied === MIGRATIONS.length;
    });
  }

  pools(): Pools {
    return {
      request: { max: this.config.DB_POOL_MAX, ...countsOf(this.requestPool) },
      worker: { max: this.config.DB_WORKER_POOL_MAX, ...countsOf(this.workerPool) },
    };
  }
}

function countsOf(dataSource: DataSource): Omit<PoolFigures, 'max'> {
  const pool = memberOf(dataSource.driver, 'master');
  return {
    total: numberOf(pool, 'totalCount'),
    idle: numberOf(pool, 'idleCount'),
    waiting: numberOf(pool, 'waitingCount'),
  };
}

/** TypeORM does not type the pool it keeps. */
function memberOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? (Reflect.get(owner, name) as unknown) : undefined;
}

function numberOf(owner: unknown, name: string): number {
  const value = memberOf(owner, name);
  return typeof value === 'number' ? value : 0;
}
