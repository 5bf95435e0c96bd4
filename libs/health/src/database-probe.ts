import { Injectable } from '@nestjs/common';
import { Database, DatabaseStart, type TransactionScope } from '@app/platform';

/**
 * The background pool, because a full request pool means much to do, not a database that is away: taking a busy
 * process out of service would only make the others busier.
 */
const SCOPE: TransactionScope = { tenantId: null, role: 'worker', pool: 'worker', statementTimeoutMs: 1_000 };

/** PostgreSQL, as this process reaches it. */
@Injectable()
export class DatabaseProbe {
  constructor(
    private readonly database: Database,
    private readonly start: DatabaseStart,
  ) {}

  /** @throws when the database does not answer */
  async ask(): Promise<void> {
    // Before the migrations there is no role to take, but somebody answers.
    if (this.start.progress === 'unmigrated') return;
    await this.database.transaction(SCOPE, (tx) => tx.one('select 1'));
  }

  /** Whether every migration of this build has been applied; once true, always true. */
  get isMigrated(): boolean {
    return this.start.isOver;
  }
}
