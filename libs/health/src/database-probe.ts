import { Injectable } from '@nestjs/common';
import { Database, MIGRATIONS, type TransactionScope } from '@app/platform';

/**
 * The background pool, because a full request pool means much to do, not a database that is away: taking a busy
 * process out of service would only make the others busier.
 */
const SCOPE: TransactionScope = { tenantId: null, role: 'worker', pool: 'worker', statementTimeoutMs: 1_000 };

/** PostgreSQL, as this process reaches it. */
@Injectable()
export class DatabaseProbe {
  constructor(private readonly database: Database) {}

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
}
