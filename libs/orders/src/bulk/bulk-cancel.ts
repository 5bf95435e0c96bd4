import { Injectable } from '@nestjs/common';
import { AppError, isAppError } from '@app/kernel';
import {
  Database,
  IdempotencyStore,
  REPLAY_MS,
  type Actor,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type ServicePrincipal,
  type Transaction,
} from '@app/platform';
import { EventServiceClient } from '@app/tickets';
import { AuditLogStore } from '../persistence/audit-log.store.js';
import { SaleStopsStore } from '../persistence/sale-stops.store.js';
import { actorOf } from '../use-cases/access.js';
import { BulkOperationsStore } from './bulk-operations.store.js';
import { NO_PROGRESS, operationBody, operationLocation, type BulkOperation } from './operation.js';
import { PreviewBulkCancel } from './preview-bulk-cancel.js';

/** A stadium's orders are listed in one statement. */
const STATEMENT_TIMEOUT_MS = 60_000;

export interface CalledOffEvent {
  readonly eventId: string;
  readonly reason: string;
}

/** What a message about a called-off event led to. */
export type CallOffResult =
  | { readonly kind: 'started' | 'running'; readonly operationId: string }
  /** event-service does not say that the event is called off: the message was forged, or has been overtaken. */
  | { readonly kind: 'not-cancelled' }
  /** This very message was applied before. */
  | { readonly kind: 'duplicate' }
  /** It was called off before, and no order is left. */
  | { readonly kind: 'nothing-left' };

/** POST /internal/orders/bulk/cancel, and the message event.cancelled. */
@Injectable()
export class BulkCancel {
  constructor(
    private readonly database: Database,
    private readonly operations: BulkOperationsStore,
    private readonly saleStops: SaleStopsStore,
    private readonly idempotency: IdempotencyStore,
    private readonly preview: PreviewBulkCancel,
    private readonly events: EventServiceClient,
    private readonly auditLog: AuditLogStore,
  ) {}

  /**
   * Stops the sale for good and begins to end every order; one transaction, so that no order of the event is missing.
   * @throws EVENT_NOT_FOUND when it has no orders and event-service does not know it
   */
  async execute(
    caller: Caller<ServicePrincipal>,
    asked: CalledOffEvent,
    idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    await this.assertKnown(caller, asked.eventId);
    const scope = {
      tenantId: caller.principal.tenantId,
      actor: actorOf(caller.principal),
      requestId: caller.requestId,
      pool: caller.pool ?? 'request',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    } as const;
    return this.database.transaction(scope, async (tx) => {
      const claimed = await this.idempotency.claim(tx, idempotency);
      if (claimed.kind === 'replay') return claimed.answer;
      const operation = await this.stopAndBegin(tx, asked, scope.actor);
      const progress =
        operation.status === 'QUEUED' ? NO_PROGRESS : await this.operations.progress(tx, operation.id);
      const answer: Answer = {
        status: 202,
        body: JSON.stringify(operationBody(operation, progress)),
        headers: { Location: operationLocation(operation.id) },
        replayed: false,
      };
      await this.idempotency.answer(tx, claimed.claim, { answer, replayMs: REPLAY_MS.success });
      return answer;
    });
  }

  /**
   * For the message event.cancelled: asks event-service first, because a forged or replayed message must not pay a
   * stadium back. Harmless when repeated.
   * @param receive remembers the message in the same transaction; false: it was applied before
   * @throws UPSTREAM_UNAVAILABLE when event-service gives no usable answer; the message must come again
   */
  async startForEvent(
    message: {
      readonly tenantId: string;
      readonly eventId: string;
      readonly reason: string;
      readonly requestId: string;
    },
    receive: (tx: Transaction) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<CallOffResult> {
    const { tenantId, eventId, reason, requestId } = message;
    const outcome = await this.events.getEvent(eventId, { tenantId, requestId });
    if (outcome.kind === 'refused') return { kind: 'not-cancelled' };
    if (outcome.kind !== 'done')
      throw new AppError(
        'UPSTREAM_UNAVAILABLE',
        { upstream: 'event-service' },
        { members: { upstream: 'event-service' } },
      );
    if (outcome.body.status !== 'CANCELLED') return { kind: 'not-cancelled' };
    const actor: Actor = { kind: 'service', id: 'event-service' };
    const scope = {
      tenantId,
      actor,
      requestId,
      pool: 'worker',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    } as const;
    return this.database.transaction<CallOffResult>(scope, async (tx) => {
      if (!(await receive(tx))) return { kind: 'duplicate' };
      await this.saleStops.stop(tx, eventId, reason);
      const running = await this.operations.running(tx, eventId);
      if (running !== null) return { kind: 'running', operationId: running.id };
      if ((await this.operations.countConcerned(tx, eventId)) === 0) return { kind: 'nothing-left' };
      const { id } = await this.begin(tx, { eventId, reason }, actor);
      return { kind: 'started', operationId: id };
    });
  }

  private async stopAndBegin(tx: Transaction, asked: CalledOffEvent, actor: Actor): Promise<BulkOperation> {
    await this.saleStops.stop(tx, asked.eventId, asked.reason);
    return (await this.operations.running(tx, asked.eventId)) ?? this.begin(tx, asked, actor);
  }

  private async begin(tx: Transaction, asked: CalledOffEvent, actor: Actor): Promise<BulkOperation> {
    const operation = await this.operations.begin(tx, { ...asked, actor, requestId: tx.requestId });
    await this.auditLog.append(tx, {
      actor,
      action: 'operation.started',
      subject: operation.id,
      outcome: 'done',
      reason: asked.reason,
      data: { kind: operation.kind, eventId: asked.eventId, total: operation.total },
    });
    return operation;
  }

  /** A mistyped id must not look like an event whose orders are all gone. While nobody can say, stopping its sale is right. */
  private async assertKnown(caller: Caller<ServicePrincipal>, eventId: string): Promise<void> {
    try {
      await this.preview.assertKnown(caller, eventId);
    } catch (error) {
      if (!isAppError(error, 'UPSTREAM_UNAVAILABLE')) throw error;
    }
  }
}
