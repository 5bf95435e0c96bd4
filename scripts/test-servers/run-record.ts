import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_NAME, STOP_POSTGRES } from '../servers/embedded-postgres.js';
import { stopProcess, type OwnedProcess } from '../servers/owned-process.js';
import { identityOf, isSameProcessRunning, type ProcessIdentity } from '../servers/process-identity.js';
import { canEnter, isRoot } from '../servers/unprivileged-user.js';
import { dropTestDatabases, type BorrowedPostgres } from './test-postgres.js';
import { dropTestKeys, type BorrowedRedis } from './test-redis.js';
import { dropTestBroker, type BorrowedRabbitmq } from './test-rabbitmq.js';

const DIRECTORY_PREFIX = 'order-service-test-';

interface RecordedProcess {
  readonly name: string;
  readonly identity: ProcessIdentity;
}

interface RecordedRun {
  readonly runId: string;
  readonly keeper: ProcessIdentity;
  readonly processes: readonly RecordedProcess[];
  readonly borrowed: Borrowed;
}

interface Borrowed {
  readonly postgres?: BorrowedPostgres;
  readonly redis?: BorrowedRedis;
  readonly rabbitmq?: BorrowedRabbitmq;
}

/**
 * What one test run has started and what it has put on servers of others, on disk before it happens, so that the
 * next run can clear up after a keeper that was killed.
 */
export class RunRecord {
  private processes: readonly RecordedProcess[] = [];
  private borrowed: Borrowed = {};

  constructor(
    readonly runId: string,
    readonly directory: string,
  ) {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    this.save();
  }

  readonly started = (child: OwnedProcess): void => {
    this.processes = [...this.processes, { name: child.name, identity: child.identity }];
    this.save();
  };

  borrows(what: Borrowed): void {
    this.borrowed = { ...this.borrowed, ...what };
    this.save();
  }

  async stopProcesses(): Promise<void> {
    await Promise.all(this.processes.map(stopRecorded));
  }

  async clear(): Promise<void> {
    await clear(this.asRecorded(), this.directory);
  }

  private save(): void {
    writeFileSync(join(this.directory, 'run.json'), JSON.stringify(this.asRecorded()), { mode: 0o600 });
  }

  private asRecorded(): RecordedRun {
    const keeper = identityOf(process.pid) ?? { pid: process.pid, startedAt: '' };
    return { runId: this.runId, keeper, processes: this.processes, borrowed: this.borrowed };
  }
}

export function directoryOfRun(runId: string): string {
  return join(directoryOfRuns(), `${DIRECTORY_PREFIX}${runId}`);
}

/** A private PostgreSQL of root runs as another account, which must be able to get to its files. */
function directoryOfRuns(): string {
  const stranger = isRoot() ? { uid: 65_534, gid: 65_534 } : undefined;
  return [tmpdir(), '/tmp', '/var/tmp'].find((directory) => canEnter(directory, stranger)) ?? tmpdir();
}

/** Clears up after runs of ours whose keeper is dead; runs that live beside us are left alone. */
export async function clearDeadRuns(): Promise<void> {
  const runs = readdirSync(directoryOfRuns()).filter((entry) => entry.startsWith(DIRECTORY_PREFIX));
  for (const name of runs) {
    const directory = join(directoryOfRuns(), name);
    const file = join(directory, 'run.json');
    try {
      if (!existsSync(file) || statSync(file).uid !== process.getuid?.()) continue;
      const run = JSON.parse(readFileSync(file, 'utf8')) as RecordedRun;
      if (!isSameProcessRunning(run.keeper)) await clear(run, directory);
    } catch {
      // Another run clears it at this moment, or its server is gone; neither is a reason to run no tests.
    }
  }
}

/** Gently first, so that a server collects its own children instead of leaving them to the system as zombies. */
function stopRecorded({ name, identity }: RecordedProcess): Promise<void> {
  return stopProcess(
    identity,
    name === POSTGRES_NAME ? STOP_POSTGRES : [{ signal: 'SIGTERM', waitMs: 4_000 }],
  );
}

async function clear(run: RecordedRun, directory: string): Promise<void> {
  const { postgres, redis, rabbitmq } = run.borrowed;
  const results = await Promise.allSettled([
    ...run.processes.map(stopRecorded),
    ...(postgres === undefined ? [] : [dropTestDatabases(postgres)]),
    ...(redis === undefined ? [] : [dropTestKeys(redis)]),
    ...(rabbitmq === undefined ? [] : [dropTestBroker(rabbitmq)]),
  ]);
  rmSync(directory, { recursive: true, force: true });
  const failures = results
    .filter((result) => result.status === 'rejected')
    .map((result) => String(result.reason));
  if (failures.length > 0)
    throw new Error(`Not everything of run ${run.runId} was cleared: ${failures.join('; ')}`);
}
