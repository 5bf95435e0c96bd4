import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes, the time is over (false) or `abandoned` says there is no point.
 */
export async function waitUntil(
  question: () => Promise<boolean>,
  limits: { readonly timeoutMs: number; readonly pauseMs?: number; readonly abandoned?: () => boolean },
): Promise<boolean> {
  const deadline = performance.now() + limits.timeoutMs;
  while (performance.now() < deadline) {
    if (limits.abandoned?.() === true) return false;
    if (await question()) return true;
    await sleep(limits.pauseMs ?? 50);
  }
  return false;
}
