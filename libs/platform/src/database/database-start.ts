import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config/config-table.js';
import { isUnavailable } from './database-errors.js';
import { dataSourceOptions, MIGRATIONS } from './data-source.js';
import { assertHarmlessLogin } from './login-check.js';
import { runMigrations } from './migrate.js';

/** How soon a database that came, or was migrated, is noticed. */
const LOOK_EVERY_MS = 500;

/** What the start still waits for. */
export type DatabaseProgress = 'away' | 'unmigrated' | 'ready';

const WAITING_FOR = {
  away: 'Waiting for PostgreSQL: it does not answer at DATABASE_URL',
  unmigrated: 'Waiting for migrations: PostgreSQL answers, but run `npm run migrate` first',
} as const satisfies Record<Exclude<DatabaseProgress, 'ready'>, string>;

/**
 * Opens the pools once PostgreSQL answers and every migration of this build is applied. Until then the process runs,
 * its probes tell what is missing, and every transaction is refused, so that nobody meets half a schema.
 */
@Injectable()
export class DatabaseStart implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(DatabaseStart.name);
  private readonly shutdown = new AbortController();
  private waiting: Promise<void> = Promise.resolve();
  private reached: DatabaseProgress = 'away';
  private told: DatabaseProgress | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource('request') private readonly requestPool: DataSource,
    @InjectDataSource('worker') private readonly workerPool: DataSource,
  ) {}

  get progress(): DatabaseProgress {
    return this.reached;
  }

  get isOver(): boolean {
    return this.reached === 'ready';
  }

  /** @throws what waiting cannot cure: a dangerous login, a wrong password, a migration that fails */
  async onModuleInit(): Promise<void> {
    await this.attempt();
    this.waiting = this.keepTrying();
    // Whoever asks with whenReady() hears of it.
    this.waiting.catch(() => undefined);
  }

  beforeApplicationShutdown(): void {
    this.shutdown.abort();
  }

  /** Resolves when the pools are open; never when the process ends before. @throws as onModuleInit does */
  whenReady(): Promise<void> {
    return this.waiting;
  }

  private async keepTrying(): Promise<void> {
    while (!this.isOver) {
      // After the abort nobody waits for the start any more.
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.shutdown.signal, ref: false }).catch(never);
      await this.attempt();
    }
  }

  private async attempt(): Promise<void> {
    try {
      this.reached = await this.advance();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.reached = 'away';
    }
    this.tell();
  }

  private async advance(): Promise<DatabaseProgress> {
    if (this.config.MIGRATE_ON_START) await runMigrations(this.config);
    if (!(await isMigrated(this.config))) return 'unmigrated';
    if (this.config.NODE_ENV === 'production') await assertHarmlessLogin(this.config);
    for (const pool of [this.requestPool, this.workerPool]) if (!pool.isInitialized) await pool.initialize();
    return 'ready';
  }

  /** One line each time the answer changes; a start that need not wait says nothing. */
  private tell(): void {
    const { reached, told } = this;
    this.told = reached;
    if (reached === told) return;
    if (reached !== 'ready') this.logger.warn(WAITING_FOR[reached]);
    else if (told !== undefined) this.logger.log('PostgreSQL is there and migrated: the start goes on');
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function isMigrated(config: Config): Promise<boolean> {
  const dataSource = new DataSource(dataSourceOptions(config, 'request'));
  await dataSource.initialize();
  try {
    const [ledger] = await dataSource.query<LedgerFacts[]>(
      `select has_table_privilege(to_regclass('schema_migrations')::oid, 'select') as "isReadable",
              to_regclass('audit_log') is not null as "hasTables"`,
    );
    // A login that owns nothing may not see the ledger; then the tables themselves are the witness.
    if (ledger?.isReadable !== true) return ledger?.hasTables === true;
    const [ledgerCount] = await dataSource.query<{ readonly applied: number }[]>(
      `select count(*)::int as applied
         from schema_migrations
        where name = any ($1::text[])`,
      [MIGRATIONS.map((migration) => migration.name)],
    );
    return ledgerCount?.applied === MIGRATIONS.length;
  } finally {
    await dataSource.destroy();
  }
}

interface LedgerFacts {
  readonly isReadable: boolean | null;
  readonly hasTables: boolean;
}
