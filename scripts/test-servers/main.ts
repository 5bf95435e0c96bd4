import { randomBytes } from 'node:crypto';
import { clearDeadRuns, directoryOfRun, RunRecord } from './run-record.js';
import { provideTestPostgres } from './test-postgres.js';
import { provideTestRabbitmq } from './test-rabbitmq.js';
import { provideTestRedis } from './test-redis.js';

/**
 * The keeper of a test run's servers: a process of its own, so that everything is cleared up even when Jest is killed.
 * It prints one line of JSON (`{environment}` or `{error}`), serves until its standard input ends, clears up and ends.
 */
async function keep(): Promise<void> {
  const released = untilReleased();
  await clearDeadRuns();
  const runId = randomBytes(4).toString('hex');
  const run = new RunRecord(runId, directoryOfRun(runId));
  const provided = provide(run);
  // Stopping the processes makes a start that still waits for them give up.
  await Promise.race([released.then(() => run.stopProcesses()), provided.catch(() => undefined)]);
  try {
    const environment = await provided;
    say({ environment });
    await released;
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  } finally {
    await run.clear();
  }
}

async function provide(run: RunRecord): Promise<Record<string, string>> {
  const parts = await Promise.allSettled([
    provideTestPostgres(run),
    provideTestRedis(run),
    provideTestRabbitmq(run),
  ]);
  const failures = parts.filter((part) => part.status === 'rejected').map((part) => reasonOf(part.reason));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const given = parts.filter((part) => part.status === 'fulfilled').map((part) => part.value);
  return Object.assign({}, ...given) as Record<string, string>;
}

function reasonOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function untilReleased(): Promise<void> {
  return new Promise((resolve) => {
    const release = (): void => {
      resolve();
    };
    for (const event of ['end', 'close', 'error']) process.stdin.once(event, release);
    process.stdin.resume();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, release);
  });
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// Jest may be dead by the time we say something.
process.stdout.on('error', () => undefined);
await keep().catch((error: unknown) => {
  say({ error: reasonOf(error) });
  process.exitCode = 1;
});
process.exit();
