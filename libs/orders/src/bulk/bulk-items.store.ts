import { Injectable } from '@nestjs/common';
import { FencedOff, type Transaction } from '@app/platform';
import { OPERATION_FIELDS } from './bulk-operations.store.js';
import type { BulkOperation } from './operation.js';

/** How long an item belongs to the worker that claimed it. Two workers on one item are harmless: each step locks its order. */
const ITEM_LEASE_SECONDS = 10;
/** After a pause of its job an operation catches up by this much work at most. */
const CATCH_UP_SECONDS = 1;
/** Waiting items looked at in one statement. */
const LOOKED_AT_MAX = 500;
const PROBE_INTERVAL_SECONDS = 60;
/** While an operation is paused its refunds rest; the probe or a resume brings them back. */
const RESTING_HOURS = 24;

const IS_SHORT = `e.state = 'pending' and e.outcome ->> 'reason' = 'INSUFFICIENT_BALANCE'`;

export interface ClaimedItem {
  readonly orderId: string;
  readonly attempts: number;
}

/** What became of one order of an operation. */
export type ItemState =
  | { readonly kind: 'done' }
  /** Its end or its money is under way. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** The work list of operations, for the job. */
@Injectable()
export class BulkItemsStore {
  /**
   * The next operation whose turn it is (worker role). Taking a turn moves `due_at` on by the time that its batch may
   * take, so that all replicas together keep the pace.
   */
  async claimTurn(tx: Transaction, turnMs: number): Promise<BulkOperation | null> {
    const [operation] = await tx.query<BulkOperation>(
      `with turn as (
         select tenant_id, id from operations
          where finished_at is null and due_at <= now()
          order by due_at limit 1
          for update skip locked
       )
       update operations p
          set status = case when p.status = 'QUEUED' then 'RUNNING' else p.status end,
              due_at = case when p.status = 'PAUSED' then now() + ${PROBE_INTERVAL_SECONDS} * interval '1 second'
                else greatest(p.due_at, now() - ${CATCH_UP_SECONDS} * interval '1 second') + $1 * interval '1 millisecond' end
         from turn
        where p.tenant_id = turn.tenant_id and p.id = turn.id
       returning ${OPERATION_FIELDS}`,
      [turnMs],
    );
    return operation ?? null;
  }

  async claimQueued(
    tx: Transaction,
    operation: BulkOperation,
    limit: number,
  ): Promise<readonly ClaimedItem[]> {
    return tx.query<ClaimedItem>(
      `with due as (
         select order_id from operation_items
          where tenant_id = $1 and operation_id = $2 and state = 'queued' and due_at <= now()
            and (lease_until is null or lease_until <= now())
          order by due_at limit $3
          for update skip locked
       )
       update operation_items i
          set lease_until = now() + ${ITEM_LEASE_SECONDS} * interval '1 second', attempts = i.attempts + 1
         from due
        where i.tenant_id = $1 and i.operation_id = $2 and i.order_id = due.order_id
       returning i.order_id as "orderId", i.attempts`,
      [operation.tenantId, operation.id, limit],
    );
  }

  /** @throws FencedOff when another worker has taken this item further already */
  async settle(tx: Transaction, operation: BulkOperation, orderId: string, state: ItemState): Promise<void> {
    const changed = await tx.execute(
      `update operation_items
          set state = $4, code = $5, detail = $6, lease_until = null, due_at = now() + interval '1 second',
              finished_at = case when $4 = 'waiting' then null else now() end
        where tenant_id = $1 and operation_id = $2 and order_id = $3 and state = 'queued'`,
      [
        operation.tenantId,
        operation.id,
        orderId,
        state.kind,
        state.kind === 'failed' ? state.code : null,
        state.kind === 'failed' ? state.detail : null,
      ],
    );
    if (changed !== 1)
      throw new FencedOff(`order ${orderId} of operation ${operation.id} is settled already`);
  }

  /** Hands an item back whose step failed. */
  async postpone(tx: Transaction, operation: BulkOperation, orderId: string, delayMs: number): Promise<void> {
    await tx.execute(
      `update operation_items set lease_until = null, due_at = now() + $4 * interval '1 millisecond'
        where tenant_id = $1 and operation_id = $2 and order_id = $3 and state = 'queued'`,
      [operation.tenantId, operation.id, orderId, Math.round(delayMs)],
    );
  }

  /**
   * Looks at waiting orders together: those that ended with their money back are done, those that came to rest
   * elsewhere (a reserve that ended, a refund that failed) are queued for another step, the others go on waiting.
   */
  async lookAtWaiting(tx: Transaction, operation: BulkOperation): Promise<void> {
    await tx.execute(
      `with due as (
         select order_id from operation_items
          where tenant_id = $1 and operation_id = $2 and state = 'waiting' and due_at <= now()
          order by due_at limit ${LOOKED_AT_MAX}
          for update skip locked
       ), looked_at as (
         select due.order_id,
                case
                  when o.op is not null or exists (
                    select 1 from order_refunds r where r.tenant_id = $1 and r.order_id = o.id and r.status = 'PENDING') then 'waiting'
                  when o.status in ('CANCELLED', 'EXPIRED', 'REFUNDED') and not exists (
                    select 1 from order_refunds r where r.tenant_id = $1 and r.order_id = o.id and r.status = 'FAILED') then 'done'
                  else 'queued'
                end as state
           from due join orders o on o.tenant_id = $1 and o.id = due.order_id
       )
       update operation_items i
          set state = l.state, lease_until = null,
              finished_at = case when l.state = 'done' then now() end,
              due_at = case when l.state = 'waiting' then now() + (1 + 2 * random()) * interval '1 second' else now() end
         from looked_at l
        where i.tenant_id = $1 and i.operation_id = $2 and i.order_id = l.order_id`,
      [operation.tenantId, operation.id],
    );
  }

  /** Ends the operation once no order is left to do. @returns whether it ended */
  async finish(tx: Transaction, operation: BulkOperation): Promise<boolean> {
    const changed = await tx.execute(
      `update operations p
          set finished_at = now(), pause_reason = null,
              status = case when exists (
                select 1 from operation_items i where i.tenant_id = $1 and i.operation_id = $2 and i.state = 'failed')
                then 'FAILED' else 'SUCCEEDED' end
        where p.tenant_id = $1 and p.id = $2 and p.finished_at is null
          and not exists (
            select 1 from operation_items i
             where i.tenant_id = $1 and i.operation_id = $2 and i.state in ('queued', 'waiting'))`,
      [operation.tenantId, operation.id],
    );
    return changed === 1;
  }

  /** The refunds of an operation that payment-service has no money for, one of them first. */
  async shortOrder(tx: Transaction, operation: BulkOperation): Promise<string | null> {
    const [row] = await tx.query<{ orderId: string }>(
      `select e.order_id as "orderId" from order_effects e
         join operation_items i on i.tenant_id = $1 and i.operation_id = $2 and i.order_id = e.order_id and i.state = 'waiting'
        where e.tenant_id = $1 and ${IS_SHORT}
        order by e.created_at, e.id limit 1`,
      [operation.tenantId, operation.id],
    );
    return row?.orderId ?? null;
  }

  /** Pauses a running operation, and lets its refunds rest that would only hear no again. */
  async pause(tx: Transaction, operation: BulkOperation, reason: string): Promise<void> {
    await tx.execute(
      `update operations set status = 'PAUSED', pause_reason = $3, due_at = now() + ${PROBE_INTERVAL_SECONDS} * interval '1 second'
        where tenant_id = $1 and id = $2 and status = 'RUNNING'`,
      [operation.tenantId, operation.id, reason],
    );
    await this.rest(tx, operation);
  }

  async rest(tx: Transaction, operation: BulkOperation): Promise<void> {
    await tx.execute(
      `update order_effects e set due_at = now() + ${RESTING_HOURS} * interval '1 hour'
         from operation_items i
        where i.tenant_id = $1 and i.operation_id = $2 and i.order_id = e.order_id and e.tenant_id = $1
          and ${IS_SHORT} and (e.lease_until is null or e.lease_until <= now())`,
      [operation.tenantId, operation.id],
    );
  }

  /** Makes the refunds of one order due, to see whether the balance suffices again. */
  async wake(tx: Transaction, operation: BulkOperation, orderId: string): Promise<void> {
    await tx.execute(
      `update order_effects e set due_at = now() where e.tenant_id = $1 and e.order_id = $2 and ${IS_SHORT}`,
      [operation.tenantId, orderId],
    );
  }

  /** Takes a paused operation up again at once, with every refund that rested. @returns whether it was paused */
  async resume(tx: Transaction, operation: Pick<BulkOperation, 'tenantId' | 'id'>): Promise<boolean> {
    const resumed = await tx.execute(
      `update operations set status = 'RUNNING', pause_reason = null, due_at = now()
        where tenant_id = $1 and id = $2 and status = 'PAUSED'`,
      [operation.tenantId, operation.id],
    );
    if (resumed === 0) return false;
    await tx.execute(
      `update order_effects e set due_at = now(), outcome = e.outcome - 'reason'
         from operation_items i
        where i.tenant_id = $1 and i.operation_id = $2 and i.order_id = e.order_id and e.tenant_id = $1 and ${IS_SHORT}`,
      [operation.tenantId, operation.id],
    );
    return true;
  }

  /** True once payment-service has taken the refunds of an order: they are accepted or settled. */
  async isAccepted(tx: Transaction, operation: BulkOperation, orderId: string): Promise<boolean> {
    const rows = await tx.query(
      `select 1 from order_effects e
        where e.tenant_id = $1 and e.order_id = $2 and e.kind = 'payments.refund' and e.state = 'pending'
          and e.outcome ->> 'status' is distinct from 'pending'`,
      [operation.tenantId, orderId],
    );
    return rows.length === 0;
  }
}
