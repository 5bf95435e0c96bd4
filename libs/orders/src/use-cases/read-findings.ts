import { Injectable } from '@nestjs/common';
import { canonicalJson } from '@app/kernel';
import { Database, SecretBox, type Caller, type UserPrincipal } from '@app/platform';
import { FindingsStore } from '../persistence/findings.store.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { findingBody, type FindingBody, type FindingState } from '../views/finding-body.js';
import { pageOf, type Page } from '../views/page.js';

export interface FindingFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state?: readonly FindingState[] | undefined;
  readonly kind?: string | undefined;
  readonly orderId?: string | undefined;
}

/** GET /findings and GET /findings/:id: what the service could not mend by itself, newest first. */
@Injectable()
export class ReadFindings {
  constructor(
    private readonly database: Database,
    private readonly findings: FindingsStore,
    private readonly secrets: SecretBox,
  ) {}

  async list(caller: Caller<UserPrincipal>, filters: FindingFilters): Promise<Page<FindingBody>> {
    const { tenantId } = caller.principal;
    const { limit, cursor, ...bound } = filters;
    const context = `findings:${tenantId}:${canonicalJson(bound)}`;
    const after = cursor === undefined ? null : decodeCursor(this.secrets, context, cursor);
    return this.database.transaction({ tenantId }, async (tx) => {
      const findings = await this.findings.list(tx, {
        states: filters.state ?? null,
        kind: filters.kind ?? null,
        orderId: filters.orderId ?? null,
        beforeId: after === null ? null : String(after[0]),
        limit: limit + 1,
      });
      return pageOf(findings, limit, findingBody, (finding) =>
        encodeCursor(this.secrets, context, [finding.id]),
      );
    });
  }

  /** @throws FINDING_NOT_FOUND */
  one(caller: Caller<UserPrincipal>, findingId: string): Promise<FindingBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) =>
      findingBody(await this.findings.get(tx, findingId)),
    );
  }
}
