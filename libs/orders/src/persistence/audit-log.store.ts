import { Injectable } from '@nestjs/common';
import { uuidv7 } from '@app/kernel';
import type { Actor, Transaction } from '@app/platform';

export interface AuditLogEntry {
  readonly actor: Actor;
  /** What was done, as `thing.verb`: `promo_code.created`, `operation.resumed`. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly subject: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly code?: string;
  readonly reason?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Privileged actions of a tenant, append-only: who did what, why, under which request. */
@Injectable()
export class AuditLogStore {
  async append(tx: Transaction, entry: AuditLogEntry): Promise<void> {
    await tx.execute(
      `insert into audit_log (tenant_id, id, at, actor_kind, actor_id, action, subject, outcome, code, reason, request_id, data)
       values ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        tx.tenant(),
        uuidv7(tx.now.getTime()),
        entry.actor.kind,
        entry.actor.id,
        entry.action,
        entry.subject,
        entry.outcome,
        entry.code ?? null,
        entry.reason ?? null,
        tx.requestId,
        JSON.stringify(entry.data ?? {}),
      ],
    );
  }
}
