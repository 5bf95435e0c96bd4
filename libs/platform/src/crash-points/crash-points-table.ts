/**
 * Transactions whose commit is a step of a verb, as their scopes name them; what dies around one of them must be
 * finished by somebody else.
 */
export const TRANSACTION_STEPS = [
  'create.tx1',
  'reserve.tx1',
  'reserve.tx2',
  'reserve.refuse',
  'reserve.hand-back',
  'reserve.undo',
  'confirm.tx1',
  'cancel.tx1',
  'cancel.tx2',
  'expire.tx1',
  'expire.tx2',
  'recover.tx2',
  'refund.tx1',
  'effect.claim',
  'tickets.reserve.settle',
  'tickets.confirm.settle',
  'tickets.release.settle',
  'payments.open.settle',
  'payments.cancel.settle',
  'payments.refund.settle',
] as const;
export type TransactionStep = (typeof TRANSACTION_STEPS)[number];

/** Calls to siblings that a verb makes, named as in metrics and logs. */
export const CALL_STEPS = [
  'event-service.get-event',
  'ticket-service.prices',
  'ticket-service.availability',
  'ticket-service.reserve',
  'ticket-service.confirm',
  'ticket-service.release',
  'ticket-service.get-reservation',
  'payment-service.create-intent',
  'payment-service.get-intent',
  'payment-service.confirm-intent',
  'payment-service.cancel-intent',
  'payment-service.refund',
  'payment-service.get-refund',
] as const;
export type CallStep = (typeof CALL_STEPS)[number];

export type CommitPoint = `${TransactionStep}.${'before' | 'after'}-commit`;
export type CallPoint = `${CallStep}.${'before' | 'after'}`;
export type CrashPoint = CommitPoint | CallPoint;

/** Every place where a test can end or freeze the process. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...TRANSACTION_STEPS.flatMap((step): CrashPoint[] => [`${step}.before-commit`, `${step}.after-commit`]),
  ...CALL_STEPS.flatMap((step): CrashPoint[] => [`${step}.before`, `${step}.after`]),
];
