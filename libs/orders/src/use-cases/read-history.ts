import { Injectable } from '@nestjs/common';
import { Database, SecretBox, type Caller, type UserPrincipal } from '@app/platform';
import type { OrderStatus } from '../domain/state-machine.js';
import { OrderStores } from '../persistence/order-stores.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';
import { visibleTo } from './access.js';

export interface HistoryEntryBody {
  readonly sequence: number;
  readonly type: string;
  readonly at: string;
  readonly actor: { readonly kind: 'user' | 'service' | 'system'; readonly id: string | null };
  readonly fromStatus: OrderStatus | null;
  readonly toStatus: OrderStatus | null;
  readonly reason: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface HistoryRow {
  readonly sequence: number;
  readonly type: string;
  readonly at: Date;
  readonly actor_kind: 'user' | 'service' | 'system';
  readonly actor_id: string;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus | null;
  readonly reason: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** GET /orders/:id/events: the audit trail, oldest first. */
@Injectable()
export class ReadHistory {
  constructor(
    private readonly database: Database,
    private readonly stores: OrderStores,
    private readonly secrets: SecretBox,
  ) {}

  /** A customer sees the public entries and the kind of an actor; an admin sees everything. */
  async execute(
    caller: Caller<UserPrincipal>,
    orderId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<HistoryEntryBody>> {
    const { tenantId, role } = caller.principal;
    const context = `history:${tenantId}:${orderId}:${role}`;
    const after = page.cursor === undefined ? 0 : Number(decodeCursor(this.secrets, context, page.cursor)[0]);
    const isAdmin = role === 'admin';
    return this.database.transaction({ tenantId }, async (tx) => {
      await this.stores.orders.get(tx, orderId, visibleTo(caller.principal));
      const rows = await tx.query<HistoryRow>(
        `select sequence, type, at, actor_kind, actor_id, from_status, to_status, reason, data
           from order_events
          where tenant_id = $1 and order_id = $2 and sequence > $3 and ($4 or is_public)
          order by sequence limit $5`,
        [tenantId, orderId, after, isAdmin, page.limit + 1],
      );
      return pageOf(
        rows,
        page.limit,
        (row) => entryBody(row, isAdmin),
        (row) => encodeCursor(this.secrets, context, [row.sequence]),
      );
    });
  }
}

function entryBody(row: HistoryRow, isAdmin: boolean): HistoryEntryBody {
  return {
    sequence: row.sequence,
    type: row.type,
    at: row.at.toISOString(),
    actor: { kind: row.actor_kind, id: isAdmin ? row.actor_id : null },
    fromStatus: row.from_status,
    toStatus: row.to_status,
    reason: row.reason,
    data: row.data,
  };
}
