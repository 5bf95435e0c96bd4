import type { Answer } from './problem.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/**
 * Sends the request once and reads the answer to its end.
 * @throws whatever fetch throws, a time-out, or the caller's own reason when `signal` is aborted
 */
export async function sendOnce(
  request: HttpRequest,
  how: { readonly fetch: typeof fetch; readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  const { signal, timeoutMs } = how;
  const { url, method, headers, body } = request;
  signal?.throwIfAborted();
  // Not AbortSignal.any: what listens to a caller's long-lived signal would pile up there.
  const ending = new AbortController();
  const end = (): void => ending.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    const response = await how.fetch(url, {
      method,
      headers: { ...headers },
      // A token goes to the address it was meant for, and to no other.
      redirect: 'manual',
      signal: ending.signal,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, body: jsonOf(await response.text()) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
