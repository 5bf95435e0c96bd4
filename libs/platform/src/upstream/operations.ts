import type { Config } from '../config/config-table.js';

/** The siblings we call, and which configuration rows say where they are and how long a call may take. */
export const UPSTREAMS = {
  'event-service': { url: 'EVENT_SERVICE_URL', timeoutMs: 'UPSTREAM_TIMEOUT_MS' },
  'ticket-service': { url: 'TICKET_SERVICE_URL', timeoutMs: 'UPSTREAM_TIMEOUT_MS' },
  'payment-service': { url: 'PAYMENT_SERVICE_URL', timeoutMs: 'UPSTREAM_PAYMENT_TIMEOUT_MS' },
} as const satisfies Record<string, { readonly url: keyof Config; readonly timeoutMs: keyof Config }>;

export type UpstreamName = keyof typeof UPSTREAMS;
export const UPSTREAM_NAMES = Object.keys(UPSTREAMS) as readonly UpstreamName[];

/** Reads and writes trip separate breakers: a sibling whose writes fail may still answer reads, and the reverse. */
export type OperationClass = 'read' | 'write';
export const OPERATION_CLASSES: readonly OperationClass[] = ['read', 'write'];

/**
 * A status maps to the codes its body may carry, or to one code when the contract gives the status no code
 * (a plain 404).
 */
export type ListedRefusals = Readonly<Record<number, string | readonly string[]>>;

export interface OperationRow {
  readonly upstream: UpstreamName;
  /** The name in metrics, logs and the sandbox's faults. */
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** `write` changes something at the sibling and therefore always carries an idempotency key. */
  readonly class: OperationClass;
  readonly answer: 'single' | 'list';
  /** Every 4xx that means "no, and nothing was done"; any other one is an unknown outcome. */
  readonly refusals: ListedRefusals;
}

/** Longest answer that is read; a longer one is an unknown outcome. */
export const ANSWER_BYTES_MAX = { single: 256 * 1024, list: 2 * 1024 * 1024 } as const;

export const UPSTREAM_OPERATIONS = {
  getEvent: {
    upstream: 'event-service',
    operation: 'get-event',
    method: 'GET',
    class: 'read',
    answer: 'single',
    refusals: { 404: 'EVENT_NOT_FOUND' },
  },

  prices: {
    upstream: 'ticket-service',
    operation: 'prices',
    method: 'POST',
    class: 'read',
    answer: 'single',
    refusals: { 404: ['TICKET_TYPE_NOT_FOUND'] },
  },
  availability: {
    upstream: 'ticket-service',
    operation: 'availability',
    method: 'POST',
    class: 'read',
    answer: 'single',
    refusals: {},
  },
  reserve: {
    upstream: 'ticket-service',
    operation: 'reserve',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 409: ['INSUFFICIENT_TICKETS'], 410: ['RELEASED'], 422: ['KEY_REUSED'] },
  },
  reserveBatch: {
    upstream: 'ticket-service',
    operation: 'reserve',
    method: 'POST',
    class: 'write',
    answer: 'list',
    refusals: { 422: ['KEY_REUSED'] },
  },
  confirmTickets: {
    upstream: 'ticket-service',
    operation: 'confirm',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 409: ['HOLD_GONE'], 422: ['KEY_REUSED'] },
  },
  releaseTickets: {
    upstream: 'ticket-service',
    operation: 'release',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 409: ['TICKET_USED'], 422: ['KEY_REUSED'] },
  },
  getReservation: {
    upstream: 'ticket-service',
    operation: 'get-reservation',
    method: 'GET',
    class: 'read',
    answer: 'single',
    refusals: { 404: 'RESERVATION_NOT_FOUND' },
  },
  listReservations: {
    upstream: 'ticket-service',
    operation: 'get-reservation',
    method: 'GET',
    class: 'read',
    answer: 'list',
    refusals: {},
  },

  openIntent: {
    upstream: 'payment-service',
    operation: 'create-intent',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 422: ['AMOUNT_NOT_ALLOWED', 'CURRENCY_NOT_SUPPORTED', 'KEY_REUSED'] },
  },
  getIntent: {
    upstream: 'payment-service',
    operation: 'get-intent',
    method: 'GET',
    class: 'read',
    answer: 'single',
    refusals: { 404: 'INTENT_NOT_FOUND' },
  },
  listIntents: {
    upstream: 'payment-service',
    operation: 'get-intent',
    method: 'GET',
    class: 'read',
    answer: 'list',
    refusals: {},
  },
  confirmIntent: {
    upstream: 'payment-service',
    operation: 'confirm-intent',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 422: ['KEY_REUSED'] },
  },
  cancelIntent: {
    upstream: 'payment-service',
    operation: 'cancel-intent',
    method: 'POST',
    class: 'write',
    answer: 'single',
    // The payment fence counts an intent that payment-service does not know as one that cannot be paid.
    refusals: { 404: 'INTENT_NOT_FOUND', 409: ['ALREADY_SUCCEEDED', 'PROCESSING'], 422: ['KEY_REUSED'] },
  },
  refund: {
    upstream: 'payment-service',
    operation: 'refund',
    method: 'POST',
    class: 'write',
    answer: 'single',
    refusals: { 409: ['EXCEEDS_CAPTURED', 'INSUFFICIENT_BALANCE'], 422: ['KEY_REUSED'] },
  },
  getRefund: {
    upstream: 'payment-service',
    operation: 'get-refund',
    method: 'GET',
    class: 'read',
    answer: 'single',
    refusals: {},
  },
} as const satisfies Record<string, OperationRow>;

type OperationTable = typeof UPSTREAM_OPERATIONS;
export type OperationName = keyof OperationTable;

type CodesIn<Listed> = Listed extends readonly (infer Code extends string)[]
  ? Code
  : Listed extends string
    ? Listed
    : never;
type ValuesOf<Row> = Row[keyof Row];

/** The refusal codes of one operation, as literals. */
export type RefusalCode<O extends OperationName> = CodesIn<ValuesOf<OperationTable[O]['refusals']>>;

export type WriteOperation = {
  [O in OperationName]: OperationTable[O]['class'] extends 'write' ? O : never;
}[OperationName];
