import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, Database, type Config } from '@app/platform';
import { PRUNABLE_NAMES, RetentionStore } from '../persistence/retention.store.js';

/** What the retention job does: forgets, in bounded batches, what nobody can ask for any more. */
@Injectable()
export class PruneOldRows {
  constructor(
    private readonly database: Database,
    private readonly store: RetentionStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** One batch of each table. @returns the size of the fullest batch: a full one means that more is over */
  async prune(limit: number): Promise<number> {
    const times = {
      inboxDays: this.config.RETENTION_INBOX_DAYS,
      outboxDays: this.config.RETENTION_OUTBOX_DAYS,
      leaseMinutes: this.config.RETENTION_LEASES_MINUTES,
      hasBroker: this.config.RABBITMQ_URL !== '',
    };
    let fullest = 0;
    for (const name of PRUNABLE_NAMES) {
      const pruned = await this.database.transaction(
        { tenantId: null, role: 'worker', pool: 'worker' },
        (tx) => this.store.prune(tx, name, limit, times),
      );
      fullest = Math.max(fullest, pruned);
    }
    return fullest;
  }
}
