import type { Order } from '../domain/order.js';

/** What a column holds, for casting JSON to rows. */
type ColumnType = 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb' | 'uuid[]';

interface OrderColumn {
  readonly column: string;
  readonly type: ColumnType;
  /** Written once, when the order is created; the others may change with any verb. */
  readonly fixed?: true;
}

type OrderField = Exclude<
  keyof Order,
  'items' | 'tickets' | 'discounts' | 'payments' | 'billingAddress' | 'shippingAddress'
>;

/** The columns of `orders`, one row each: every statement that reads or writes an order is printed from this table. */
export const ORDER_COLUMNS = {
  tenantId: { column: 'tenant_id', type: 'uuid', fixed: true },
  id: { column: 'id', type: 'uuid', fixed: true },
  orderNumber: { column: 'order_number', type: 'text', fixed: true },
  userId: { column: 'user_id', type: 'uuid', fixed: true },
  eventId: { column: 'event_id', type: 'uuid', fixed: true },
  status: { column: 'status', type: 'text' },
  version: { column: 'version', type: 'integer' },
  currency: { column: 'currency', type: 'text', fixed: true },
  subtotalCents: { column: 'subtotal_cents', type: 'bigint', fixed: true },
  discountCents: { column: 'discount_cents', type: 'bigint', fixed: true },
  platformFeeCents: { column: 'platform_fee_cents', type: 'bigint', fixed: true },
  processingFeeCents: { column: 'processing_fee_cents', type: 'bigint', fixed: true },
  taxCents: { column: 'tax_cents', type: 'bigint', fixed: true },
  totalCents: { column: 'total_cents', type: 'bigint', fixed: true },
  refundedCents: { column: 'refunded_cents', type: 'bigint' },
  pendingRefundCents: { column: 'pending_refund_cents', type: 'bigint' },
  paymentIntentId: { column: 'payment_intent_id', type: 'text' },
  eventName: { column: 'event_name', type: 'text', fixed: true },
  eventStartsAt: { column: 'event_starts_at', type: 'timestamptz', fixed: true },
  purchaseLimit: { column: 'purchase_limit', type: 'integer', fixed: true },
  pricingPolicyIds: { column: 'pricing_policy_ids', type: 'uuid[]', fixed: true },
  refundPolicy: { column: 'refund_policy', type: 'jsonb', fixed: true },
  metadata: { column: 'metadata', type: 'jsonb', fixed: true },
  op: { column: 'op', type: 'text' },
  opFence: { column: 'op_fence', type: 'integer' },
  opLeaseUntil: { column: 'op_lease_until', type: 'timestamptz' },
  opDueAt: { column: 'op_due_at', type: 'timestamptz' },
  opStartedAt: { column: 'op_started_at', type: 'timestamptz' },
  opCause: { column: 'op_cause', type: 'jsonb' },
  generation: { column: 'generation', type: 'integer' },
  generationOpen: { column: 'generation_open', type: 'boolean' },
  eventSequence: { column: 'event_sequence', type: 'integer' },
  auditSequence: { column: 'audit_sequence', type: 'integer' },
  processingExtended: { column: 'processing_extended', type: 'boolean' },
  fenceGaveUp: { column: 'fence_gave_up', type: 'boolean' },
  disputed: { column: 'disputed', type: 'boolean' },
  expiresAt: { column: 'expires_at', type: 'timestamptz' },
  reservationExpiresAt: { column: 'reservation_expires_at', type: 'timestamptz' },
  remindedAt: { column: 'reminded_at', type: 'timestamptz' },
  createdAt: { column: 'created_at', type: 'timestamptz', fixed: true },
  updatedAt: { column: 'updated_at', type: 'timestamptz' },
  reservedAt: { column: 'reserved_at', type: 'timestamptz' },
  confirmedAt: { column: 'confirmed_at', type: 'timestamptz' },
  completedAt: { column: 'completed_at', type: 'timestamptz' },
  cancelledAt: { column: 'cancelled_at', type: 'timestamptz' },
  expiredAt: { column: 'expired_at', type: 'timestamptz' },
  refundedAt: { column: 'refunded_at', type: 'timestamptz' },
  cancelReason: { column: 'cancel_reason', type: 'text' },
  creationKey: { column: 'creation_key', type: 'uuid', fixed: true },
} as const satisfies Readonly<Record<OrderField, OrderColumn>>;

const ENTRIES = Object.entries(ORDER_COLUMNS) as readonly (readonly [OrderField, OrderColumn])[];

/** `o.tenant_id as "tenantId", …`: rows arrive with the names of the aggregate. */
export const ORDER_SELECT = ENTRIES.map(([field, { column }]) => `o.${column} as "${field}"`).join(', ');

/** Column names of a whole order, and the same as typed members of a JSON record. */
export const ORDER_INSERT_COLUMNS = ENTRIES.map(([, { column }]) => column).join(', ');
export const ORDER_RECORD_FIELDS = ENTRIES.map(([field]) => `r."${field}"`).join(', ');
export const ORDER_RECORD_TYPES = ENTRIES.map(([field, { type }]) => `"${field}" ${type}`).join(', ');

/** audit_sequence belongs to the trigger wherever the status changes; code that adds other entries raises it itself. */
const CHANGING = ENTRIES.filter(
  ([field, row]) => row.fixed !== true && field !== 'updatedAt' && field !== 'auditSequence',
);

/** The `set` list of the one guarded update, with parameters from `firstParameter` on. */
export function orderSetList(firstParameter: number): string {
  return CHANGING.map(([, { column }], index) => `${column} = $${firstParameter + index}`).join(', ');
}

export function orderSetValues(order: Order): readonly unknown[] {
  return CHANGING.map(([field, { type }]) =>
    type === 'jsonb' && order[field] !== null ? JSON.stringify(order[field]) : order[field],
  );
}

/** The order's own columns as a JSON record for an insert. */
export function orderRecord(order: Order): Readonly<Record<string, unknown>> {
  return Object.fromEntries(ENTRIES.map(([field]) => [field, order[field]]));
}
