import { MINUTE_MS, SECOND_MS } from '@app/kernel';

const BASE_MS = 200;
/** While an order waits for the outcome nobody should wait longer than this for the next try. */
const DELAY_MAX_MS = 30 * SECOND_MS;

/**
 * Milliseconds until the next try: exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), 100 ms … 30 s.
 * @param attempts tries so far, 1 or more   @param random in [0, 1)
 */
export function backoffMs(attempts: number, random: number): number {
  const ceiling = Math.min(DELAY_MAX_MS, BASE_MS * 2 ** Math.min(attempts, 20));
  return Math.max(100, Math.round(ceiling * random));
}

/** Milliseconds until a refund that payment-service calls pending is looked at again: 1 s … 15 min. */
export function refundPollMs(attempts: number): number {
  return Math.min(15 * MINUTE_MS, SECOND_MS * 1.5 ** Math.max(0, attempts - 1));
}
