/** An order as order-service keeps it. Ages are seconds by the database's clock. */
export interface OrderRow {
  readonly tenantId: string;
  readonly id: string;
  readonly userId: string;
  readonly eventId: string;
  readonly status: string;
  readonly version: number;
  readonly currency: string;
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly platformFeeCents: number;
  readonly processingFeeCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly pendingRefundCents: number;
  readonly paymentIntentId: string | null;
  readonly op: string | null;
  readonly opAgeSeconds: number;
  readonly statusAgeSeconds: number;
  readonly eventSequence: number;
  readonly auditSequence: number;
  readonly fenceGaveUp: boolean;
  readonly purchaseLimit: number | null;
}

export interface ItemRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly ticketTypeId: string;
  readonly quantity: number;
  readonly refundedQuantity: number;
  readonly unitPriceCents: number;
  readonly totalPriceCents: number;
  /** What its numbered units cost together: subtotal less discount, with fees and tax. */
  readonly allocatedCents: number;
}

export interface PaymentRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly paymentIntentId: string;
  readonly generation: number;
  readonly status: string;
  readonly receivedCents: number;
  readonly refundReservedCents: number;
}

export interface RefundRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly id: string;
  readonly paymentIntentId: string;
  readonly status: string;
  readonly kind: string;
  readonly amountCents: number;
  readonly itemsCents: number;
  readonly ageSeconds: number;
}

export interface TicketRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly id: string;
  readonly ticketTypeId: string;
  readonly status: string;
}

export interface EffectRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly kind: string;
  readonly queue: string;
  readonly generation: number;
  readonly key: string;
  readonly state: string;
  readonly ageSeconds: number;
}

export interface HistoryRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly type: string;
  readonly fromStatus: string | null;
  readonly toStatus: string | null;
}

export interface OutboxRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly type: string;
  readonly position: number | null;
  readonly toldTenantId: string | null;
  readonly toldOrderId: string | null;
  readonly toldSequence: number | null;
  readonly ageSeconds: number;
}

export interface KeyRow {
  readonly tenantId: string;
  readonly orderId: string | null;
  readonly key: string;
  readonly state: string;
  readonly ageSeconds: number;
}

export interface PromoCodeRow {
  readonly tenantId: string;
  readonly id: string;
  readonly redemptions: number;
  readonly maxRedemptions: number | null;
  readonly maxRedemptionsPerBuyer: number | null;
}

export interface RedemptionRow {
  readonly tenantId: string;
  readonly orderId: string;
  readonly promoCodeId: string;
  readonly userId: string;
  readonly isGivenBack: boolean;
}

/** How many tickets of an event a buyer is counted with, and what each order counts of them. */
export interface UsageRow {
  readonly tenantId: string;
  readonly userId: string;
  readonly eventId: string;
  readonly quantity: number;
}
export type LimitClaimRow = UsageRow & { readonly orderId: string };

export interface FindingRow {
  readonly orderId: string | null;
  readonly kind: string;
}

/** Work on many orders that has not ended. */
export interface OperationRow {
  readonly id: string;
  readonly status: string;
  readonly ageSeconds: number;
}

/** A session of the database that sits in an open transaction. */
export interface IdleSessionRow {
  readonly pid: number;
  readonly idleSeconds: number;
}

/** Ours. */
export interface OrdersBook {
  readonly orders: readonly OrderRow[];
  readonly items: readonly ItemRow[];
  readonly payments: readonly PaymentRow[];
  readonly refunds: readonly RefundRow[];
  readonly tickets: readonly TicketRow[];
  readonly effects: readonly EffectRow[];
  readonly history: readonly HistoryRow[];
  readonly outbox: readonly OutboxRow[];
  readonly runningKeys: readonly KeyRow[];
  readonly promoCodes: readonly PromoCodeRow[];
  readonly redemptions: readonly RedemptionRow[];
  readonly usage: readonly UsageRow[];
  readonly limitClaims: readonly LimitClaimRow[];
  /** Not resolved yet. */
  readonly findings: readonly FindingRow[];
  readonly operations: readonly OperationRow[];
  readonly idleSessions: readonly IdleSessionRow[];
}

export interface TicketLine {
  readonly ticketTypeId: string;
  readonly quantity: number;
}

export interface LedgerEntry {
  readonly seq: number;
  readonly service: string;
  readonly operation: string;
  readonly orderId: string;
  readonly key: string | null;
  readonly outcome: 'executed' | 'replayed' | 'refused';
  readonly generation?: number | undefined;
  readonly code?: string | undefined;
  readonly paymentIntentId?: string | undefined;
  readonly refundId?: string | undefined;
  readonly amountCents?: number | undefined;
  readonly items?: readonly TicketLine[] | undefined;
}

export interface StockRow {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  /** Handed out beyond the capacity at the worst moment. */
  readonly oversold: number;
}

export interface IntentRow {
  readonly paymentIntentId: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountCents: number;
  readonly amountReceivedCents: number;
  readonly refundedCents: number;
  readonly currency: string;
}

/** What ticket-service and payment-service wrote down. */
export interface SiblingsBook {
  readonly entries: readonly LedgerEntry[];
  readonly stock: readonly StockRow[];
  readonly intents: readonly IntentRow[];
}

/** One request of a client with what came back; null when nothing did. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly answer: { readonly status: number; readonly body: unknown } | null;
}

/** An event as a consumer received it, in the order of arrival. */
export interface Delivery {
  readonly orderId: string;
  readonly sequence: number;
}

export interface Books {
  readonly orders: OrdersBook;
  readonly siblings: SiblingsBook;
  /** Of every client that was asked to remember; [] when none was. */
  readonly exchanges: readonly Exchange[];
  /** null when nobody listened. */
  readonly deliveries: readonly Delivery[] | null;
  /** Orders of a time when nobody listened yet: they are not compared with the deliveries. */
  readonly unheard: ReadonlySet<string>;
  /** Orders of a time the sandbox remembers nothing of (it was emptied): they are not compared with it. */
  readonly forgotten: ReadonlySet<string>;
  /** Nothing is under way: what must hold in the end must hold now. */
  readonly isAtRest: boolean;
}

export const INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I14',
  'I15',
  'I16',
  'I17',
  'I18',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  /** null when it is about no single order. */
  readonly orderId: string | null;
  readonly sentence: string;
}

export function violation(invariant: Invariant, orderId: string | null, sentence: string): Violation {
  return { invariant, orderId, sentence };
}
