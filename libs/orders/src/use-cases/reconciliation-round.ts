import type { ChangedOrder } from '../persistence/reconciliation.store.js';

/** What one round examines; the rest is still there in the next one. */
export const SUSPECTS_MAX = 2_000;
/** Rows whose sibling side was seen to be right; an order beyond that is asked for by itself. */
const REMEMBERED_MAX = 200_000;

interface TenantOrder {
  readonly tenantId: string;
  readonly orderId: string;
}

/** What a round has found so far. */
export class ReconciliationRound {
  readonly suspects = new Map<string, TenantOrder>();
  readonly seenIntents = new Set<string>();
  readonly seenReservations = new Set<string>();

  constructor(
    readonly requestId: string,
    readonly windowMs: number,
  ) {}

  suspect({ tenantId, orderId }: TenantOrder): void {
    if (this.suspects.size < SUSPECTS_MAX) this.suspects.set(`${tenantId}/${orderId}`, { tenantId, orderId });
  }

  remember(seen: Set<string>, id: string): void {
    if (seen.size < REMEMBERED_MAX) seen.add(id);
  }

  /** An order that never reserved anything has nothing at a sibling. */
  suspectUnlisted(order: ChangedOrder): void {
    if (order.generation === 0) return;
    const isIntentSeen = order.paymentIntentId === null || this.seenIntents.has(order.paymentIntentId);
    if (!isIntentSeen || !this.seenReservations.has(order.orderId)) this.suspect(order);
  }
}
