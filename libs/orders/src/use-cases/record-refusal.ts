import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, MINUTE_MS, type Clock } from '@app/kernel';
import { Database, LocalWindows, type RefusalRecorder, type RefusedAction } from '@app/platform';
import { AuditLogStore } from '../persistence/audit-log.store.js';

/** Records that wait for the database at once; beyond it a flood of refusals is only in the request log. */
const WAITING_MAX = 64;
/** Rows a minute of one actor. Nobody may delete them again, so whoever is refused all day must not fill the disk. */
const ROWS_PER_MINUTE_MAX = 60;

/** Writes refused and failed privileged actions into the audit log, after the answer and beside it. */
@Injectable()
export class RecordRefusal implements RefusalRecorder, OnApplicationShutdown {
  private readonly logger = new Logger(RecordRefusal.name);
  private readonly waiting = new Set<Promise<void>>();
  private readonly recent = new LocalWindows();

  constructor(
    private readonly database: Database,
    private readonly auditLog: AuditLogStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Returns at once; whatever goes wrong is logged, because the answer is out already. */
  record(refused: RefusedAction): void {
    if (this.waiting.size >= WAITING_MAX || this.isFlooding(refused)) {
      const { tenantId, actor, action, code, requestId } = refused;
      this.logger.warn({
        msg: 'a refused action is only in this log',
        tenantId,
        actor,
        action,
        code,
        requestId,
      });
      return;
    }
    const work = this.write(refused)
      .catch((error: unknown) => {
        this.logger.error({ msg: 'a refused action could not be recorded', err: error });
      })
      .finally(() => this.waiting.delete(work));
    this.waiting.add(work);
  }

  private isFlooding({ tenantId, actor }: RefusedAction): boolean {
    const options = { nowMs: this.clock.monotonicMs(), windowMs: MINUTE_MS };
    return this.recent.count(`${tenantId}:${actor.kind}:${actor.id}`, options).count > ROWS_PER_MINUTE_MAX;
  }

  /** Before the pools close. */
  async onApplicationShutdown(): Promise<void> {
    while (this.waiting.size > 0) await Promise.all(this.waiting);
  }

  private write(refused: RefusedAction): Promise<void> {
    const { actor, tenantId, requestId, reason, ...entry } = refused;
    const scope = { tenantId, actor, requestId, pool: 'worker' } as const;
    return this.database.transaction(scope, (tx) => this.auditLog.append(tx, { ...entry, actor, reason }));
  }
}
