import { Injectable } from '@nestjs/common';
import { AppError } from '@app/kernel';
import {
  Database,
  IdempotencyStore,
  REPLAY_MS,
  SecretBox,
  type Answer,
  type Caller,
  type IdempotencyRequest,
} from '@app/platform';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { actorOf } from '../use-cases/access.js';
import { decodeCursor, encodeCursor } from '../views/cursor.js';
import { pageOf, type Page } from '../views/page.js';
import { BulkItemsStore } from './bulk-items.store.js';
import { BulkOperationsStore } from './bulk-operations.store.js';
import { operationBody, type OperationBody } from './operation.js';

/** GET /operations, GET /operations/:id and POST /operations/:id/resume. */
@Injectable()
export class Operations {
  constructor(
    private readonly database: Database,
    private readonly operations: BulkOperationsStore,
    private readonly items: BulkItemsStore,
    private readonly idempotency: IdempotencyStore,
    private readonly auditLog: AuditLogStore,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws OPERATION_NOT_FOUND */
  async one(caller: Caller, operationId: string): Promise<OperationBody> {
    return this.database.transaction({ tenantId: caller.principal.tenantId }, async (tx) =>
      operationBody(
        await this.operations.get(tx, operationId),
        await this.operations.progress(tx, operationId),
      ),
    );
  }

  /** Newest first. */
  async list(
    caller: Caller,
    query: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<OperationBody>> {
    const { tenantId } = caller.principal;
    const context = `operations:${tenantId}`;
    const [beforeId] =
      query.cursor === undefined ? [null] : decodeCursor(this.secrets, context, query.cursor);
    return this.database.transaction({ tenantId }, async (tx) => {
      const rows = await this.operations.list(tx, {
        beforeId: beforeId == null ? null : String(beforeId),
        limit: query.limit + 1,
      });
      const bodies: OperationBody[] = [];
      for (const row of rows) bodies.push(operationBody(row, await this.operations.progress(tx, row.id)));
      return pageOf(
        bodies,
        query.limit,
        (body) => body,
        (body) => encodeCursor(this.secrets, context, [body.id]),
      );
    });
  }

  /**
   * Takes a paused operation up again without waiting for its next probe; one that runs is left as it is.
   * @throws OPERATION_NOT_FOUND, OPERATION_STATE_CONFLICT when it has finished
   */
  async resume(caller: Caller, operationId: string, idempotency: IdempotencyRequest): Promise<Answer> {
    const actor = actorOf(caller.principal);
    const scope = { tenantId: caller.principal.tenantId, actor, requestId: caller.requestId };
    return this.database.transaction(scope, async (tx) => {
      const claimed = await this.idempotency.claim(tx, idempotency);
      if (claimed.kind === 'replay') return claimed.answer;
      const operation = await this.operations.get(tx, operationId, { lock: true });
      if (operation.finishedAt !== null)
        throw new AppError('OPERATION_STATE_CONFLICT', {
          reason: `The operation is ${operation.status}. A new bulk cancel of its event finds what is left.`,
        });
      if (await this.items.resume(tx, operation)) {
        await this.auditLog.append(tx, {
          actor,
          action: 'operation.resumed',
          subject: operationId,
          outcome: 'done',
          data: { pauseReason: operation.pauseReason },
        });
      }
      const resumed = await this.operations.get(tx, operationId);
      const progress = await this.operations.progress(tx, operationId);
      const answer: Answer = {
        status: 200,
        body: JSON.stringify(operationBody(resumed, progress)),
        headers: {},
        replayed: false,
      };
      await this.idempotency.answer(tx, claimed.claim, { answer, replayMs: REPLAY_MS.success });
      return answer;
    });
  }
}
