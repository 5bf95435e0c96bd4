import { Injectable } from '@nestjs/common';
import type { Actor, Transaction } from '@app/platform';

export interface AuditEntry {
  readonly orderId: string;
  /** In the style of the event names: `order.reserve_refused`, `refund.requested`. */
  readonly type: string;
  readonly actor: Actor;
  /** Public entries are shown to the customer. */
  readonly isPublic: boolean;
  readonly reason?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Entries of an order's history that are not transitions; those are written by the trigger alone. */
@Injectable()
export class AuditStore {
  async append(tx: Transaction, entry: AuditEntry): Promise<void> {
    await tx.execute(
      `with numbered as (
         update orders set audit_sequence = audit_sequence + 1
          where tenant_id = $1 and id = $2
         returning audit_sequence, status
       )
       insert into order_events (tenant_id, order_id, sequence, type, at, actor_kind, actor_id, from_status, to_status, reason, is_public, request_id, data)
       select $1, $2, audit_sequence, $3, now(), $4, $5, status, status, $6, $7, $8, $9 from numbered`,
      [
        tx.tenant(),
        entry.orderId,
        entry.type,
        entry.actor.kind,
        entry.actor.id,
        entry.reason ?? null,
        entry.isPublic,
        tx.requestId,
        JSON.stringify(entry.data ?? {}),
      ],
    );
  }
}
