import { Injectable } from '@nestjs/common';
import { Database, SecretBox, type Caller, type UserPrincipal } from '@app/platform';
import type { AuditLogBody, AuditOutcome } from '../views/audit-log-body.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';

interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: AuditLogBody['actor']['kind'];
  readonly actorId: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: AuditOutcome;
  readonly code: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** GET /audit-log: privileged actions of the tenant, done, refused or failed; the latest first. */
@Injectable()
export class ReadAuditLog {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  async list(
    caller: Caller<UserPrincipal>,
    filters: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly outcome?: AuditOutcome | undefined;
    },
  ): Promise<Page<AuditLogBody>> {
    const { tenantId } = caller.principal;
    const { limit, cursor, outcome = null } = filters;
    const context = `audit-log:${tenantId}:${outcome ?? ''}`;
    const after = cursor === undefined ? null : decodeCursor(this.secrets, context, cursor);
    return this.database.transaction({ tenantId }, async (tx) => {
      const rows = await tx.query<AuditRow>(
        `select id, at, actor_kind as "actorKind", actor_id as "actorId", action, subject, outcome, code, reason, request_id as "requestId", data
           from audit_log
          where tenant_id = $1 and ($2::text is null or outcome = $2) and ($3::uuid is null or id < $3)
          order by id desc limit $4`,
        [tenantId, outcome, after?.[0] ?? null, limit + 1],
      );
      return pageOf(rows, limit, entryBody, (row) => encodeCursor(this.secrets, context, [row.id]));
    });
  }
}

function entryBody({ actorKind, actorId, at, ...row }: AuditRow): AuditLogBody {
  return { ...row, at: at.toISOString(), actor: { kind: actorKind, id: actorId } };
}
