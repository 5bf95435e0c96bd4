/** The operations of each sibling, as faults and ledgers name them. */
export const OPERATIONS = {
  'event-service': ['get-event'],
  'ticket-service': ['prices', 'availability', 'reserve', 'confirm', 'release', 'get-reservation'],
  'payment-service': [
    'create-intent',
    'get-intent',
    'confirm-intent',
    'cancel-intent',
    'refund',
    'get-refund',
  ],
  'auth-service': ['jwks'],
} as const;

export type ServiceName = keyof typeof OPERATIONS;
export type OperationName = (typeof OPERATIONS)[ServiceName][number];

export const SERVICE_NAMES = Object.keys(OPERATIONS) as readonly ServiceName[];
export const OPERATION_NAMES: readonly OperationName[] = SERVICE_NAMES.flatMap((service) => [
  ...OPERATIONS[service],
]);

export const FAULT_MODES = [
  'latency',
  'error-before',
  'error-after',
  'timeout-before',
  'timeout-after',
  'reset',
  'bad-body',
  'wrong-amount',
] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** The operations whose answers name an amount: only these can be struck by a wildcard wrong-amount. */
export const OPERATIONS_WITH_AMOUNTS: ReadonlySet<OperationName> = new Set([
  'prices',
  'create-intent',
  'get-intent',
  'confirm-intent',
]);
