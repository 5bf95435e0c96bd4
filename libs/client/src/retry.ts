import { OrderServiceProblem, type OrderServiceUnreachable } from './problem.js';

export interface RetryRules {
  /** Of one call, the first one counted. */
  readonly attemptsMax: number;
  /** A longer Retry-After is not waited for: the problem is raised at once. */
  readonly retryAfterMaxMs: number;
}

const BACKOFF_FIRST_MS = 200;
const BACKOFF_MAX_MS = 10_000;

/**
 * How long to wait before the same request is sent again; undefined when that cannot help or was done often enough.
 * At least what Retry-After asks for, and growing, because a window that is full stays full for a while. A request that
 * got no answer may be repeated, whatever it is: what changes something carries a key, and the rest are reads.
 * @param random 0 to 1
 */
export function pauseBeforeNext(
  failure: OrderServiceProblem | OrderServiceUnreachable,
  attempt: number,
  { rules, random }: { readonly rules: RetryRules; readonly random: number },
): number | undefined {
  const isProblem = failure instanceof OrderServiceProblem;
  if (attempt >= rules.attemptsMax || (isProblem && !failure.retryable)) return undefined;
  const askedMs = isProblem ? 1_000 * (failure.retryAfterSeconds ?? 0) : 0;
  if (askedMs > rules.retryAfterMaxMs) return undefined;
  const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1)) * (0.5 + random / 2);
  return Math.round(Math.max(askedMs, backoffMs));
}
