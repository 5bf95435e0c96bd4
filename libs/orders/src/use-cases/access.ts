import { AppError } from '@app/kernel';
import type { Actor, Principal } from '@app/platform';
import type { Order } from '../domain/order.js';

/** Which orders of the tenant a principal may see: a customer its own; an admin and a sibling service all of them. */
export function visibleTo(principal: Principal): { readonly userId?: string } {
  return principal.kind === 'user' && principal.role === 'customer' ? { userId: principal.userId } : {};
}

export function actorOf(principal: Principal): Actor {
  return principal.kind === 'user'
    ? { kind: 'user', id: principal.userId }
    : { kind: 'service', id: principal.name };
}

/**
 * Holds an If-Match against the order; null: the client did not ask.
 * @throws VERSION_MISMATCH
 */
export function assertVersion(order: Order, ifMatch: number | null): void {
  if (ifMatch === null || ifMatch === order.version) return;
  throw new AppError(
    'VERSION_MISMATCH',
    { version: order.version },
    { members: { currentVersion: order.version } },
  );
}
