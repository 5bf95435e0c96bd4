import { Injectable } from '@nestjs/common';
import { Database, SecretBox, type Caller, type ServicePrincipal } from '@app/platform';
import type { OrderStatus } from '../domain/state-machine.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';

interface ExpiringRow {
  readonly id: string;
  readonly orderNumber: string;
  readonly userId: string;
  readonly eventId: string;
  readonly status: OrderStatus;
  readonly expiresAt: Date;
}

export type ExpiringOrderBody = Omit<ExpiringRow, 'expiresAt'> & { readonly expiresAt: string };

/** GET /internal/orders/expiring: the tenant's orders whose time ends soon, the next one first. */
@Injectable()
export class ListExpiring {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  async execute(
    caller: Caller<ServicePrincipal>,
    query: { readonly withinSeconds: number; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ExpiringOrderBody>> {
    const { tenantId } = caller.principal;
    const context = `expiring:${tenantId}:${query.withinSeconds}`;
    const after = query.cursor === undefined ? null : decodeCursor(this.secrets, context, query.cursor);
    return this.database.transaction({ tenantId }, async (tx) => {
      const rows = await tx.query<ExpiringRow>(
        `select id, order_number as "orderNumber", user_id as "userId", event_id as "eventId", status, expires_at as "expiresAt"
           from orders
          where tenant_id = $1 and status in ('PENDING', 'RESERVED') and expires_at <= now() + $2 * interval '1 second'
            and ($3::timestamptz is null or (expires_at, id) > ($3::timestamptz, $4::uuid))
          order by expires_at, id limit $5`,
        [tenantId, query.withinSeconds, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
      );
      return pageOf(
        rows,
        query.limit,
        (row) => ({ ...row, expiresAt: row.expiresAt.toISOString() }),
        (row) => encodeCursor(this.secrets, context, [row.expiresAt.toISOString(), row.id]),
      );
    });
  }
}
