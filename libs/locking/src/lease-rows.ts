import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, type TransactionScope } from '@app/platform';
import type { AcquireAttempt, AcquireRequest, ExtensionResult, Lease, LockBackend } from './lock-backend.js';

/** Undoes a transaction that got only some of its keys. */
class SomeKeysTaken extends Error {}

/**
 * Locks as rows with a deadline by the database's clock, written in short transactions of their own. Not advisory
 * locks: one held during HTTP needs a second connection, and a small pool deadlocks.
 */
@Injectable()
export class LeaseRows implements LockBackend {
  readonly name = 'postgres';

  constructor(private readonly database: Database) {}

  /** @throws UPSTREAM_UNAVAILABLE when the database is away: there is nowhere else to go */
  async tryAcquire(request: AcquireRequest): Promise<AcquireAttempt> {
    const lease = new RowLease(this.database, request, randomUUID());
    try {
      return (await lease.insert()) ? { kind: 'acquired', lease } : { kind: 'taken' };
    } catch (error) {
      if (error instanceof SomeKeysTaken) return { kind: 'taken' };
      // The rows may be there although the COMMIT was not heard of.
      void lease.release().catch(() => undefined);
      throw error;
    }
  }
}

class RowLease implements Lease {
  readonly backend = 'postgres';
  private readonly scope: TransactionScope;

  constructor(
    private readonly database: Database,
    private readonly request: AcquireRequest,
    private readonly holder: string,
  ) {
    this.scope = { tenantId: request.tenantId, role: 'app', pool: request.pool };
  }

  /** While somebody has one of the keys this only reads, so that waiting writes nothing. */
  async insert(): Promise<boolean> {
    const { keys, tenantId, ttlMs } = this.request;
    const inserted = await this.database.transaction(this.scope, async (tx) => {
      const count = await tx.execute(
        `insert into lock_leases (tenant_id, key, holder, lease_until)
         select $1::uuid, wanted.key, $3::uuid, now() + $4::float8 * interval '1 millisecond'
           from unnest($2::text[]) as wanted (key)
          where not exists (
            select 1
              from lock_leases held
             where held.tenant_id = $1
               and held.key = any ($2::text[])
               and held.lease_until > now()
          )
          order by wanted.key
         on conflict on constraint lock_leases_pkey do update
            set holder = excluded.holder,
                lease_until = excluded.lease_until
          where lock_leases.lease_until <= now()`,
        [tenantId, keys, this.holder, ttlMs],
      );
      if (count > 0 && count < keys.length) throw new SomeKeysTaken();
      return count;
    });
    return inserted === keys.length;
  }

  async extend(ttlMs: number): Promise<ExtensionResult> {
    const { keys, tenantId } = this.request;
    try {
      // Also when the time is up: while the rows still name this holder, nobody else has had the keys.
      const extended = await this.database.transaction(this.scope, (tx) =>
        tx.execute(
          `update lock_leases
              set lease_until = now() + $4::float8 * interval '1 millisecond'
            where tenant_id = $1
              and key = any ($2::text[])
              and holder = $3`,
          [tenantId, keys, this.holder, ttlMs],
        ),
      );
      return extended === keys.length ? 'extended' : 'lost';
    } catch {
      return 'unavailable';
    }
  }

  async release(): Promise<void> {
    const { keys, tenantId } = this.request;
    await this.database.transaction(this.scope, (tx) =>
      tx.execute(
        `delete from lock_leases
          where tenant_id = $1
            and key = any ($2::text[])
            and holder = $3`,
        [tenantId, keys, this.holder],
      ),
    );
  }
}
