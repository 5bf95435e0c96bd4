import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 10_000;

/** Waits until `look` says true; fails naming what was waited for when patience is over. */
export async function eventually(
  what: string,
  look: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += LOOK_EVERY_MS) {
    if (await look()) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`${what}: not within ${patienceMs} ms`);
}
