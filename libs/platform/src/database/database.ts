import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { CONFIG, type Config } from '../config/config-table.js';
import { CallSlots } from '../upstream/call-slots.js';
import { ConnectionWaits } from './connection-waits.js';
import { SILENCE_GRACE_MS } from './data-source.js';
import { armedCrashPoint, type ArmedCrashPoint } from '../crash-points/armed-crash-point.js';
import type { TransactionStep } from '../crash-points/crash-points-table.js';
import { asAppError, databaseAway, isRetryable, isSilence } from './database-errors.js';
import { activeTraceparent, inChildSpan, isTracing, type SpanFacts } from '../tracing/spans.js';
import type { PoolShare } from './pool-share.js';
import { databaseRoles, type DatabaseRole, type DatabaseRoles } from './roles.js';
import { statementSpan } from './statement-span.js';
import { abandonConnection, runStatement } from './statements.js';
import { Refusal, Transaction, type Actor, type RunStatement } from './transaction.js';

/** A transaction that met a deadlock, a serialisation failure or a lock time-out runs at most this often. */
const ATTEMPTS_MAX = 3;
const RETRY_BASE_MS = 15;

export interface TransactionScope {
  /** null only for a worker that claims rows of every tenant. */
  readonly tenantId: string | null;
  readonly role?: DatabaseRole;
  readonly actor?: Actor;
  readonly requestId?: string | null;
  /** Those of ordinary requests unless it says otherwise. */
  readonly pool?: PoolShare;
  /** Takes the event's sale barrier, shared, in the first statement; `sale_stops` must be read in a later one. */
  readonly saleOfEventId?: string;
  /** How many fresh order numbers the first statement draws. */
  readonly orderNumberCount?: number;
  readonly statementTimeoutMs?: number;
  /** How often it runs at most when it meets a deadlock, a serialisation failure or a lock time-out: 3 times, or fewer. */
  readonly attemptsMax?: number;
  /** How long those it serves have waited for it already; counts as waiting for a connection. */
  readonly waitedMs?: number;
  /** Which step of a verb this transaction is; fault tests stop the process before or after its commit. */
  readonly step?: TransactionStep;
}

interface FirstRow {
  readonly now: Date;
  readonly order_numbers: readonly string[];
}

/**
 * Opens transactions. No HTTP, Redis or AMQP call may happen inside one, and none may open a second one:
 * a pool of one connection must be enough.
 */
@Injectable()
export class Database {
  private readonly roles: DatabaseRoles;
  /** Ordinary requests may use all but a quarter of their pool: the rest is for what gives money or seats back. */
  private readonly ordinary: CallSlots;
  private readonly crashPoint: ArmedCrashPoint | undefined;
  /** Of ordinary requests only: the others never wait here. */
  readonly ordinaryWaits = new ConnectionWaits();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource('request') private readonly requestPool: DataSource,
    @InjectDataSource('worker') private readonly workerPool: DataSource,
  ) {
    this.roles = databaseRoles(config.DB_ROLE_PREFIX);
    this.ordinary = new CallSlots({
      slotsMax: config.DB_POOL_MAX - Math.floor(config.DB_POOL_MAX / 4),
      waitingMax: config.REQUESTS_IN_FLIGHT_MAX,
    });
    this.crashPoint = armedCrashPoint(config);
  }

  /**
   * Runs `work` in one transaction under row-level security and commits it.
   * Deadlocks, serialisation failures and lock time-outs run the whole of `work` again, so it must not have effects
   * outside the database. A COMMIT whose reply was lost is never repeated: the caller reads again by natural key.
   * @throws UPSTREAM_UNAVAILABLE when the database is away or stays contended; whatever `work` throws, after ROLLBACK
   */
  async transaction<T>(scope: TransactionScope, work: (tx: Transaction) => Promise<T | Refusal>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await inChildSpan(transactionSpan(scope), () =>
          this.inTurn(scope, () => this.runOnce(scope, work)),
        );
        if (result instanceof Refusal) throw result.error;
        return result;
      } catch (error) {
        if (attempt >= (scope.attemptsMax ?? ATTEMPTS_MAX) || !isRetryable(error)) throw asAppError(error);
        await delayWithJitter(attempt);
      }
    }
  }

  /** Ordinary requests that wait for a connection. */
  get waitingCount(): number {
    return this.ordinary.waitingCount;
  }

  private async inTurn<T>(scope: TransactionScope, run: () => Promise<T>): Promise<T> {
    if (scope.pool === 'worker' || scope.pool === 'reserved') return run();
    const waitedMs = scope.waitedMs ?? 0;
    const leftMs = this.config.DB_ACQUIRE_TIMEOUT_MS - waitedMs;
    const askedAtMs = performance.now();
    const turn = leftMs > 0 ? await this.ordinary.take(leftMs) : 'deadline';
    this.ordinaryWaits.note(waitedMs + performance.now() - askedAtMs);
    if (turn !== 'taken') throw databaseAway(new Error(`No connection became free: ${turn}.`));
    try {
      return await run();
    } finally {
      this.ordinary.release();
    }
  }

  private async runOnce<T>(
    scope: TransactionScope,
    work: (tx: Transaction) => Promise<T | Refusal>,
  ): Promise<T | Refusal> {
    const pool = scope.pool === 'worker' ? this.workerPool : this.requestPool;
    if (!pool.isInitialized) throw databaseAway(new Error('The start still waits for the database.'));
    const runner = pool.createQueryRunner();
    try {
      await runner.connect();
      await runner.startTransaction();
      const tx = await this.firstStatement(runner, scope);
      const result = await work(tx);
      if (scope.step !== undefined) this.crashPoint?.reach(`${scope.step}.before-commit`);
      await inChildSpan(COMMIT_SPAN, () => runner.commitTransaction());
      if (scope.step !== undefined) this.crashPoint?.reach(`${scope.step}.after-commit`);
      tx.committed();
      return result;
    } catch (error) {
      await rollBack(runner, error);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** Role, tenant, actor, time-outs, database time, and what the scope asks for, in one round trip. */
  private async firstStatement(runner: QueryRunner, scope: TransactionScope): Promise<Transaction> {
    const role = this.roles[scope.role ?? 'app'];
    const parameters: unknown[] = [
      role,
      scope.tenantId ?? '',
      scope.actor?.kind ?? 'system',
      scope.actor?.id ?? 'order-service',
      scope.requestId ?? '',
      `${scope.statementTimeoutMs ?? this.config.DB_STATEMENT_TIMEOUT_MS}ms`,
      `${this.config.DB_LOCK_TIMEOUT_MS}ms`,
      `${this.config.DB_IDLE_TRANSACTION_TIMEOUT_MS}ms`,
      scope.orderNumberCount ?? 0,
    ];
    let barrier = '';
    if (scope.saleOfEventId !== undefined) {
      parameters.push(saleBarrierKey(scope.tenantId, scope.saleOfEventId));
      barrier = ', pg_advisory_xact_lock_shared(hashtextextended($10, 0))';
    }
    const options = {
      isPrepared: this.config.DB_PREPARED_STATEMENTS,
      silenceTimeoutMs: (scope.statementTimeoutMs ?? this.config.DB_STATEMENT_TIMEOUT_MS) + SILENCE_GRACE_MS,
    };
    const runOnly: RunStatement = (sql, values) => runStatement(runner, sql, values, options);
    const run: RunStatement = isTracing()
      ? (sql, values) => inChildSpan(statementSpan(sql), () => runOnly(sql, values))
      : runOnly;
    const { rows } = await run(
      `select set_config('role', $1, true), set_config('app.tenant_id', $2, true),
              set_config('app.actor_kind', $3, true), set_config('app.actor_id', $4, true),
              set_config('app.request_id', $5, true), set_config('app.reason', '', true), set_config('app.cause', '', true),
              set_config('statement_timeout', $6, true), set_config('lock_timeout', $7, true),
              set_config('idle_in_transaction_session_timeout', $8, true),
              now() as now,
              array(select generate_order_number() from generate_series(1, $9::int)) as order_numbers${barrier}`,
      parameters,
    );
    const [first] = rows as readonly FirstRow[];
    if (first === undefined) throw new Error('The first statement of a transaction returned nothing.');
    return new Transaction(
      run,
      scope.tenantId,
      first.now,
      first.order_numbers,
      scope.requestId ?? null,
      activeTraceparent() ?? null,
    );
  }
}

const COMMIT_SPAN: SpanFacts = {
  name: 'COMMIT',
  kind: 'client',
  attributes: { 'db.system.name': 'postgresql', 'db.operation.name': 'COMMIT' },
};

function transactionSpan({ step, pool = 'request' }: TransactionScope): SpanFacts {
  return {
    name: step === undefined ? 'transaction' : `transaction ${step}`,
    kind: 'internal',
    attributes: { 'app.db.pool': pool },
  };
}

/** The text whose hash is the advisory lock of an event's sale. */
export function saleBarrierKey(tenantId: string | null, eventId: string): string {
  return `sale:${tenantId ?? ''}:${eventId}`;
}

async function rollBack(runner: QueryRunner, cause: unknown): Promise<void> {
  if (!runner.isTransactionActive) return;
  try {
    // A server that did not answer will not answer to this either, and the request has no second wait in its time.
    if (isSilence(cause)) {
      await abandonConnection(runner);
      return;
    }
    await runner.rollbackTransaction();
  } catch {
    // The connection is broken or silent: the server rolls back by itself, the first error is the one that matters,
    // and the pool must not hand this connection to anybody else.
    await abandonConnection(runner);
  }
}

function delayWithJitter(attempt: number): Promise<void> {
  const ms = RETRY_BASE_MS * 2 ** attempt * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}
