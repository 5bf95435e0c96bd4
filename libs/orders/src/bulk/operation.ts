import type { Actor } from '@app/platform';

export const OPERATION_STATUSES = ['QUEUED', 'RUNNING', 'PAUSED', 'SUCCEEDED', 'FAILED'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** Work on many orders that outlives the request which asked for it. */
export interface BulkOperation {
  readonly tenantId: string;
  readonly id: string;
  readonly kind: 'bulk-cancel';
  readonly eventId: string;
  readonly status: OperationStatus;
  readonly reason: string;
  readonly pauseReason: string | null;
  readonly total: number;
  readonly actor: Actor;
  readonly requestId: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface OperationFailure {
  readonly orderId: string;
  readonly code: string;
  readonly detail: string;
}

export interface OperationProgress {
  readonly done: number;
  readonly failed: number;
  /** The first ones only; `failed` counts them all. */
  readonly failures: readonly OperationFailure[];
}

export const NO_PROGRESS: OperationProgress = { done: 0, failed: 0, failures: [] };

/** An operation as services and admins see it. */
export interface OperationBody {
  readonly id: string;
  readonly kind: BulkOperation['kind'];
  readonly eventId: string;
  readonly status: OperationStatus;
  readonly reason: string;
  readonly pauseReason: string | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly failures: readonly OperationFailure[];
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export function operationBody(operation: BulkOperation, progress: OperationProgress): OperationBody {
  return {
    id: operation.id,
    kind: operation.kind,
    eventId: operation.eventId,
    status: operation.status,
    reason: operation.reason,
    pauseReason: operation.pauseReason,
    total: operation.total,
    done: progress.done,
    failed: progress.failed,
    failures: progress.failures,
    createdAt: operation.createdAt.toISOString(),
    finishedAt: operation.finishedAt?.toISOString() ?? null,
  };
}

export function operationLocation(operationId: string): string {
  return `/internal/v1/operations/${operationId}`;
}
