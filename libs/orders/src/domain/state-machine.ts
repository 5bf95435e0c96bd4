import { AppError } from '@app/kernel';

export const ORDER_STATUSES = [
  'PENDING',
  'RESERVED',
  'CONFIRMED',
  'COMPLETED',
  'CANCELLED',
  'EXPIRED',
  'REFUNDED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const ORDER_EVENT_TYPES = [
  'order.created',
  'order.reserved',
  'order.confirmed',
  'order.completed',
  'order.cancelled',
  'order.expired',
  'order.refunded',
  'order.partially_refunded',
  'order.refund_failed',
  'order.expiring_soon',
  'order.payment_failed',
  'order.late_payment_recovered',
  'order.late_payment_refunded',
] as const;
export type OrderEventType = (typeof ORDER_EVENT_TYPES)[number];

/** The column of `orders` that remembers when a status was entered. */
export type StatusStamp =
  'reservedAt' | 'confirmedAt' | 'completedAt' | 'cancelledAt' | 'expiredAt' | 'refundedAt';

export interface Verb {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
  readonly stamp: StatusStamp;
  readonly events: readonly OrderEventType[];
  /** Offered to clients in `allowedActions`; null for what only the system does. */
  readonly action: string | null;
  /** Completes "An order that is EXPIRED cannot …". */
  readonly phrase: string;
}

/**
 * Every way an order changes its status; there is no other. The same table stands in the database as
 * `validate_order_status_transition`, used by a trigger, and a test holds the two together.
 */
export const VERBS = {
  reserve: {
    from: ['PENDING'],
    to: 'RESERVED',
    stamp: 'reservedAt',
    events: ['order.reserved'],
    action: 'reserve',
    phrase: 'be reserved',
  },
  confirm: {
    from: ['RESERVED'],
    to: 'CONFIRMED',
    stamp: 'confirmedAt',
    events: ['order.confirmed'],
    action: null,
    phrase: 'be confirmed',
  },
  complete: {
    from: ['CONFIRMED'],
    to: 'COMPLETED',
    stamp: 'completedAt',
    events: ['order.completed'],
    action: null,
    phrase: 'be completed',
  },
  cancel: {
    from: ['PENDING', 'RESERVED', 'CONFIRMED'],
    to: 'CANCELLED',
    stamp: 'cancelledAt',
    events: ['order.cancelled'],
    action: 'cancel',
    phrase: 'be cancelled',
  },
  expire: {
    from: ['PENDING', 'RESERVED'],
    to: 'EXPIRED',
    stamp: 'expiredAt',
    events: ['order.expired'],
    action: null,
    phrase: 'expire',
  },
  refund: {
    from: ['CONFIRMED', 'COMPLETED'],
    to: 'REFUNDED',
    stamp: 'refundedAt',
    events: ['order.refunded'],
    action: 'refund',
    phrase: 'be refunded',
  },
  recover: {
    from: ['EXPIRED'],
    to: 'CONFIRMED',
    stamp: 'confirmedAt',
    events: ['order.late_payment_recovered', 'order.confirmed'],
    action: null,
    phrase: 'be recovered',
  },
  revoke: {
    from: ['CONFIRMED'],
    to: 'CANCELLED',
    stamp: 'cancelledAt',
    events: ['order.cancelled'],
    action: null,
    phrase: 'be revoked',
  },
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;
export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

export function verb(name: VerbName): Verb {
  return VERBS[name];
}

/** What a client can do about a refusal in each status. */
const HINTS: Readonly<Record<OrderStatus, string>> = {
  PENDING: 'Reserve it first.',
  RESERVED: 'Pay for it or cancel it.',
  CONFIRMED: 'It is paid; its tickets are being issued.',
  COMPLETED: 'Its tickets are issued; a refund may still be possible.',
  CANCELLED: 'Create a new one.',
  EXPIRED: 'Create a new one.',
  REFUNDED: 'Create a new one.',
};

/** What runs between two transactions on an order and keeps other verbs away meanwhile. */
export const OPERATIONS = ['reserving', 'cancelling', 'expiring', 'recovering'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The verb a running operation will end in, as `pendingAction` tells clients. */
export const OPERATION_VERB: Readonly<Record<Operation, VerbName>> = {
  reserving: 'reserve',
  cancelling: 'cancel',
  expiring: 'expire',
  recovering: 'recover',
};

interface Stateful {
  readonly status: OrderStatus;
  readonly op: Operation | null;
}

/** The actions a client may ask for now. */
export function allowedActions(order: Stateful): readonly string[] {
  if (order.op === 'reserving') return ['reserve'];
  if (order.op !== null) return [];
  return VERB_NAMES.map(verb)
    .filter((row) => row.from.includes(order.status))
    .flatMap((row) => (row.action === null ? [] : [row.action]));
}

/**
 * Decides whether a verb may run on the order now.
 * @throws ORDER_BUSY while an operation runs on it
 * @throws ORDER_STATE_CONFLICT when its status does not allow the verb
 */
export function decide(order: Stateful, name: VerbName): Verb {
  const row = verb(name);
  // First: until the operation has ended nobody can say which status the verb will meet.
  if (order.op !== null)
    throw new AppError('ORDER_BUSY', {}, { members: { pendingAction: OPERATION_VERB[order.op] } });
  if (!row.from.includes(order.status)) throw stateConflict(order, name);
  return row;
}

export function stateConflict(order: Stateful, name: VerbName): AppError {
  return new AppError(
    'ORDER_STATE_CONFLICT',
    { currentStatus: order.status, action: verb(name).phrase, hint: HINTS[order.status] },
    { members: { currentStatus: order.status, allowedActions: allowedActions(order) } },
  );
}
