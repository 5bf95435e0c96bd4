import { Injectable } from '@nestjs/common';
import { AppError, uuidv7 } from '@app/kernel';
import type { Actor, Transaction } from '@app/platform';
import type { BulkOperation, OperationFailure, OperationProgress } from './operation.js';

/** Failures an answer names; the rest is counted. */
const FAILURES_SHOWN_MAX = 100;

export const OPERATION_FIELDS = `p.tenant_id as "tenantId", p.id, p.kind, p.event_id as "eventId", p.status, p.reason, p.pause_reason as "pauseReason",
  p.total, p.actor, p.request_id as "requestId", p.created_at as "createdAt", p.finished_at as "finishedAt"`;

/** An order that a called-off event still owes an end; one that is being recovered is on its way to CONFIRMED. */
export const IS_CONCERNED = `(o.status in ('PENDING', 'RESERVED', 'CONFIRMED', 'COMPLETED') or o.op = 'recovering')`;

/** Operations as their callers see them: begun, read, listed, resumed. */
@Injectable()
export class BulkOperationsStore {
  /** Writes the operation and an item for every order it concerns. */
  async begin(
    tx: Transaction,
    start: {
      readonly eventId: string;
      readonly reason: string;
      readonly actor: Actor;
      readonly requestId: string | null;
    },
  ): Promise<BulkOperation> {
    const id = uuidv7(tx.now.getTime());
    const parameters = [tx.tenant(), id, start.eventId];
    await tx.execute(
      `insert into operations (tenant_id, id, kind, event_id, status, reason, total, actor, request_id, due_at, created_at)
       values ($1, $2, 'bulk-cancel', $3, 'QUEUED', $4, 0, $5, $6, now(), now())`,
      [...parameters, start.reason, JSON.stringify(start.actor), start.requestId],
    );
    const total = await tx.execute(
      `insert into operation_items (tenant_id, operation_id, order_id, due_at)
       select o.tenant_id, $2, o.id, now() from orders o where o.tenant_id = $1 and o.event_id = $3 and ${IS_CONCERNED}`,
      parameters,
    );
    await tx.execute(`update operations set total = $3 where tenant_id = $1 and id = $2`, [
      tx.tenant(),
      id,
      total,
    ]);
    return this.get(tx, id);
  }

  async countConcerned(tx: Transaction, eventId: string): Promise<number> {
    const { count } = await tx.one<{ count: number }>(
      `select count(*)::int as count from orders o where o.tenant_id = $1 and o.event_id = $2 and ${IS_CONCERNED}`,
      [tx.tenant(), eventId],
    );
    return count;
  }

  /** The operation of the event that has not finished, if there is one. */
  async running(tx: Transaction, eventId: string): Promise<BulkOperation | null> {
    const [operation] = await tx.query<BulkOperation>(
      `select ${OPERATION_FIELDS} from operations p
        where p.tenant_id = $1 and p.kind = 'bulk-cancel' and p.event_id = $2 and p.finished_at is null`,
      [tx.tenant(), eventId],
    );
    return operation ?? null;
  }

  /** @throws OPERATION_NOT_FOUND */
  async get(
    tx: Transaction,
    operationId: string,
    options: { readonly lock?: boolean } = {},
  ): Promise<BulkOperation> {
    const [operation] = await tx.query<BulkOperation>(
      `select ${OPERATION_FIELDS} from operations p where p.tenant_id = $1 and p.id = $2${options.lock === true ? ' for update' : ''}`,
      [tx.tenant(), operationId],
    );
    if (operation === undefined) throw new AppError('OPERATION_NOT_FOUND');
    return operation;
  }

  /** Newest first: ids are made of the time. */
  async list(
    tx: Transaction,
    page: { readonly beforeId: string | null; readonly limit: number },
  ): Promise<readonly BulkOperation[]> {
    return tx.query<BulkOperation>(
      `select ${OPERATION_FIELDS} from operations p
        where p.tenant_id = $1 and ($2::uuid is null or p.id < $2)
        order by p.id desc limit $3`,
      [tx.tenant(), page.beforeId, page.limit],
    );
  }

  async progress(tx: Transaction, operationId: string): Promise<OperationProgress> {
    const counts = await tx.one<{ done: number; failed: number }>(
      `select count(*) filter (where state = 'done')::int as done, count(*) filter (where state = 'failed')::int as failed
         from operation_items where tenant_id = $1 and operation_id = $2`,
      [tx.tenant(), operationId],
    );
    if (counts.failed === 0) return { ...counts, failures: [] };
    const failures = await tx.query<OperationFailure>(
      `select order_id as "orderId", code, detail from operation_items
        where tenant_id = $1 and operation_id = $2 and state = 'failed'
        order by finished_at, order_id limit ${FAILURES_SHOWN_MAX}`,
      [tx.tenant(), operationId],
    );
    return { ...counts, failures };
  }
}
