import {
  OrderServiceClient,
  OrderServiceProblem,
  type Answer,
  type Attempt,
} from '../../libs/client/src/index.js';

/** Together longer than a restart of the service and the leases that a dead process leaves behind. */
const ATTEMPTS_MAX = 12;
/** A window of the rate limits. */
const RETRY_AFTER_MAX_MS = 60_000;

export function orderClient(
  baseUrl: string,
  token: string,
  onAttempt: (attempt: Attempt) => void = () => undefined,
): OrderServiceClient {
  return new OrderServiceClient({
    baseUrl,
    token,
    onAttempt,
    attemptsMax: ATTEMPTS_MAX,
    retryAfterMaxMs: RETRY_AFTER_MAX_MS,
  });
}

/** A refusal is an answer like any other, for the story to judge. */
export async function answerOf(call: Promise<Answer>): Promise<Answer> {
  return call.catch((error: unknown) => {
    if (error instanceof OrderServiceProblem) return error.answer;
    throw error;
  });
}

/** The code of a refusal; empty for anything else. */
export function codeOf({ body }: Answer): string {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : '';
  return typeof code === 'string' ? code : '';
}
