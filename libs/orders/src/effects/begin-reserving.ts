import { withOperation, type OperationCause, type Order } from '../domain/order.js';
import { OPERATION_LEASE_MS, UNDO_DUE_MS } from '../persistence/operations.store.js';
import {
  cancelIntentEffect,
  openIntentEffect,
  releaseTicketsEffect,
  reserveTicketsEffect,
  type NewEffect,
} from './catalog.js';

/** The order with a reserve under way: a new one, or one taken over from a request that died. */
export function heldFor(order: Order, now: Date, by: Pick<OperationCause, 'actor' | 'requestId'>): Order {
  return withOperation(order, {
    kind: 'reserving',
    now,
    leaseUntil: new Date(now.getTime() + OPERATION_LEASE_MS),
    dueAt: new Date(now.getTime() + UNDO_DUE_MS),
    cause: { ...by, reason: null },
  });
}

/** What leaves for the siblings; a free order needs no payment. */
export function callsOf(order: Order, holdUntil: Date): readonly NewEffect[] {
  const seats = reserveTicketsEffect(order, 'operation', holdUntil);
  return order.totalCents === 0 ? [seats] : [seats, openIntentEffect(order)];
}

/** What takes an undone reserve back; written before anything leaves, disarmed when the reserve commits. */
export function undoOf(order: Order): readonly NewEffect[] {
  const queue = `undo:${order.generation}` as const;
  const release = releaseTicketsEffect(order, { queue, reason: 'reserve undone', state: 'armed' });
  return order.totalCents === 0
    ? [release]
    : // The seats go back at once, however long payment-service is away.
      [release, cancelIntentEffect(order, { queue, payment: null, state: 'armed' })];
}

export function isLeaseFree(order: Order, now: Date): boolean {
  return order.opLeaseUntil === null || order.opLeaseUntil <= now;
}
