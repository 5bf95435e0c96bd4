import type { CrashPoint } from '@app/platform';

/** What a buyer, a sibling or the clock asks of an order. */
export type Verb =
  | 'reserve'
  | 'confirm'
  | 'cancel'
  | 'cancel while being issued'
  | 'expire'
  | 'expire by the clock'
  | 'recover'
  | 'refund';

/**
 * What happens after the process was struck at a point.
 * client retries: the same request, with the same key, at the restarted service · nobody returns: only the worker is
 * there to finish · the frozen process wakes up: it stood still while a second process took over for the client ·
 * the frozen process wakes up after an undo: nobody came back, the worker of the second process took over
 */
export const WAYS = [
  'the client retries',
  'nobody returns',
  'the frozen process wakes up',
  'the frozen process wakes up after an undo',
] as const;
export type Way = (typeof WAYS)[number];

export interface ArmedPoint {
  readonly point: CrashPoint;
  readonly isFrozen: boolean;
}

export interface FaultCase {
  readonly verb: Verb;
  readonly point: CrashPoint;
  readonly way: Way;
}

/** Before and after every commit and every call of each verb, in the order in which a verb comes by. */
export const POINTS_OF: Readonly<Record<Verb, readonly CrashPoint[]>> = {
  reserve: [
    'reserve.tx1.before-commit',
    'reserve.tx1.after-commit',
    'ticket-service.reserve.before',
    'ticket-service.reserve.after',
    'payment-service.create-intent.before',
    'payment-service.create-intent.after',
    'reserve.tx2.before-commit',
    'reserve.tx2.after-commit',
  ],
  confirm: [
    'payment-service.get-intent.before',
    'payment-service.get-intent.after',
    'confirm.tx1.before-commit',
    'confirm.tx1.after-commit',
    'effect.claim.before-commit',
    'effect.claim.after-commit',
    'ticket-service.confirm.before',
    'ticket-service.confirm.after',
    'tickets.confirm.settle.before-commit',
    'tickets.confirm.settle.after-commit',
  ],
  cancel: [
    'cancel.tx1.before-commit',
    'cancel.tx1.after-commit',
    'payment-service.cancel-intent.before',
    'payment-service.cancel-intent.after',
    'cancel.tx2.before-commit',
    'cancel.tx2.after-commit',
    'ticket-service.release.before',
    'ticket-service.release.after',
    'tickets.release.settle.before-commit',
    'tickets.release.settle.after-commit',
  ],
  // Paid, and ticket-service has been asked for the tickets: they come, and go back, before the money does.
  'cancel while being issued': [
    'cancel.tx1.before-commit',
    'cancel.tx1.after-commit',
    'ticket-service.release.before',
    'ticket-service.release.after',
    'tickets.release.settle.before-commit',
    'tickets.release.settle.after-commit',
    'payment-service.refund.before',
    'payment-service.refund.after',
    'payments.refund.settle.before-commit',
    'payments.refund.settle.after-commit',
  ],
  expire: [
    'expire.tx1.before-commit',
    'expire.tx1.after-commit',
    'payment-service.cancel-intent.before',
    'payment-service.cancel-intent.after',
    'expire.tx2.before-commit',
    'expire.tx2.after-commit',
    'ticket-service.release.before',
    'ticket-service.release.after',
    'tickets.release.settle.before-commit',
    'tickets.release.settle.after-commit',
  ],
  'expire by the clock': [
    'expire.tx1.before-commit',
    'expire.tx1.after-commit',
    'payment-service.cancel-intent.after',
    'expire.tx2.before-commit',
    'expire.tx2.after-commit',
    'ticket-service.release.after',
  ],
  // The fence gave up, the order is EXPIRED, and then its payment is told.
  recover: [
    'confirm.tx1.before-commit',
    'confirm.tx1.after-commit',
    'ticket-service.reserve.before',
    'ticket-service.reserve.after',
    'recover.tx2.before-commit',
    'recover.tx2.after-commit',
    'ticket-service.confirm.before',
    'ticket-service.confirm.after',
    'tickets.confirm.settle.before-commit',
    'tickets.confirm.settle.after-commit',
  ],
  refund: [
    'refund.tx1.before-commit',
    'refund.tx1.after-commit',
    'effect.claim.before-commit',
    'effect.claim.after-commit',
    'ticket-service.release.before',
    'ticket-service.release.after',
    'tickets.release.settle.before-commit',
    'tickets.release.settle.after-commit',
    'payment-service.refund.before',
    'payment-service.refund.after',
    'payment-service.get-refund.before',
    'payment-service.get-refund.after',
    'payments.refund.settle.before-commit',
    'payments.refund.settle.after-commit',
  ],
};

const WAYS_OF: Readonly<Record<Verb, readonly Way[]>> = {
  reserve: WAYS,
  confirm: WAYS.slice(0, 3),
  cancel: WAYS.slice(0, 3),
  'cancel while being issued': WAYS.slice(0, 3),
  expire: WAYS.slice(0, 3),
  // There is no client to come back.
  'expire by the clock': ['nobody returns', 'the frozen process wakes up after an undo'],
  recover: WAYS.slice(0, 3),
  refund: WAYS.slice(0, 3),
};

export const ALL_CASES: readonly FaultCase[] = (Object.keys(POINTS_OF) as Verb[]).flatMap((verb) =>
  POINTS_OF[verb].flatMap((point) => WAYS_OF[verb].map((way) => ({ verb, point, way }))),
);

/** A few of each kind, quick enough for every run of the tests. */
export const SLICE: readonly FaultCase[] = [
  { verb: 'reserve', point: 'ticket-service.reserve.after', way: 'the client retries' },
  { verb: 'reserve', point: 'reserve.tx2.before-commit', way: 'nobody returns' },
  {
    verb: 'reserve',
    point: 'payment-service.create-intent.after',
    way: 'the frozen process wakes up after an undo',
  },
  { verb: 'confirm', point: 'confirm.tx1.after-commit', way: 'nobody returns' },
  { verb: 'cancel', point: 'payment-service.cancel-intent.after', way: 'the client retries' },
  {
    verb: 'cancel while being issued',
    point: 'tickets.release.settle.before-commit',
    way: 'the frozen process wakes up',
  },
  { verb: 'expire', point: 'expire.tx2.before-commit', way: 'nobody returns' },
  { verb: 'recover', point: 'recover.tx2.before-commit', way: 'nobody returns' },
  { verb: 'refund', point: 'payment-service.refund.after', way: 'nobody returns' },
];

/** Where an order must be in the end. */
export function rightEnd({ verb, point, way }: FaultCase): string {
  const isAbandoned = way === 'nobody returns' || way === 'the frozen process wakes up after an undo';
  switch (verb) {
    case 'reserve':
      // Until its second transaction nothing has happened that the undo would not take back.
      return isAbandoned && point !== 'reserve.tx2.after-commit' ? 'PENDING' : 'RESERVED';
    case 'confirm':
      return 'COMPLETED';
    case 'cancel':
      return isAbandoned && point === 'cancel.tx1.before-commit' ? 'RESERVED' : 'CANCELLED';
    case 'cancel while being issued':
      return isAbandoned && point === 'cancel.tx1.before-commit' ? 'COMPLETED' : 'CANCELLED';
    case 'expire':
      return isAbandoned && point === 'expire.tx1.before-commit' ? 'RESERVED' : 'EXPIRED';
    case 'expire by the clock':
      return 'EXPIRED';
    case 'recover':
      // Told by nobody, the money is found by the cancel that goes on, and goes back.
      return isAbandoned && point === 'confirm.tx1.before-commit' ? 'EXPIRED' : 'COMPLETED';
    case 'refund':
      return isAbandoned && point === 'refund.tx1.before-commit' ? 'COMPLETED' : 'REFUNDED';
  }
}
