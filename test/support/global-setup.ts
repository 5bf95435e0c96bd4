import { spawn, spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// Jest loads this file and the teardown on their own, without its resolver: they can import packages only, and share
// the keeper through a global.
const KEEPER = Symbol.for('order-service.test-servers');
const ROOT = join(__dirname, '..', '..');

/** Servers of this run as environment variables, which Jest's workers inherit. */
export default async function globalSetup(): Promise<void> {
  try {
    Object.assign(process.env, await startKeeper());
  } catch (error) {
    // No reporter runs when the set-up fails; the closing line is still due. Jest has closed process.stdout by then.
    process.once('exit', () => writeSync(1, '\n0 passed, 1 failed\n'));
    throw error;
  }
}

async function startKeeper(): Promise<Record<string, string>> {
  const build = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--if-stale', 'scripts'], {
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0)
    throw new Error('scripts/ could not be built, so the test servers cannot be started.');
  const entry = join(ROOT, 'dist/scripts/test-servers/main.js');
  // Detached, and ended by the end of its input: it clears up even when Jest is killed.
  const keeper = spawn(process.execPath, [entry], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  Object.assign(globalThis, {
    [KEEPER]: async (): Promise<void> => {
      const gone = new Promise((resolve) => keeper.once('exit', resolve));
      // Jest waits for nothing while it runs, but for this.
      keeper.ref();
      keeper.stdin.end();
      if (keeper.exitCode === null && keeper.signalCode === null) await gone;
    },
  });
  for await (const line of createInterface({ input: keeper.stdout })) {
    const answer = JSON.parse(line) as { environment?: Record<string, string>; error?: string };
    if (answer.environment === undefined) throw new Error(answer.error ?? `The test servers said: ${line}`);
    keeper.unref();
    for (const pipe of [keeper.stdin, keeper.stdout]) (pipe as unknown as { unref(): void }).unref();
    return answer.environment;
  }
  throw new Error('The process that keeps the test servers ended before they were ready.');
}
