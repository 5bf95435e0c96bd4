import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type RefusalRecorder, type RefusedAction } from '@app/platform';
import { AuditLogStore } from '../persistence/audit-log.store.js';

/** Records that wait for the database at once; beyond it a flood of refusals is only in the request log. */
const WAITING_MAX = 64;

/** Writes refused and failed privileged actions into the audit log, after the answer and beside it. */
@Injectable()
export class RecordRefusal implements RefusalRecorder, OnApplicationShutdown {
  private readonly logger = new Logger(RecordRefusal.name);
  private readonly waiting = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly auditLog: AuditLogStore,
  ) {}

  /** Returns at once; whatever goes wrong is logged, because the answer is out already. */
  record(refused: RefusedAction): void {
    if (this.waiting.size >= WAITING_MAX) {
      this.logger.warn({ msg: 'a refused action was not recorded', requestId: refused.requestId });
      return;
    }
    const work = this.write(refused)
      .catch((error: unknown) => {
        this.logger.error({ msg: 'a refused action could not be recorded', err: error });
      })
      .finally(() => this.waiting.delete(work));
    this.waiting.add(work);
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
