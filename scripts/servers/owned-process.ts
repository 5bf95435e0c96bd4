import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isSameProcessRunning, type ProcessIdentity } from './process-identity.js';

const LOG_SIZE_MAX = 10 * 1024 * 1024;

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly cwd?: string;
  /** Whom to run as; only root can choose. */
  readonly user?: UserIds | undefined;
}

/** A child in a process group of its own: a Ctrl-C of the terminal reaches us only, and we stop children in order. */
export interface OwnedProcess {
  readonly name: string;
  readonly logFile: string;
  /** Where in the log file this process began to write; what stands before is of earlier ones. */
  readonly logOffset: number;
  readonly identity: ProcessIdentity;
  /** Resolves, never rejects, when the process is gone. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
}

/**
 * Starts a process whose output goes straight to a file, so that it survives us without a broken pipe.
 * @throws when the command cannot be started
 */
export async function startProcess(options: ProcessOptions): Promise<OwnedProcess> {
  if (existsSync(options.logFile) && statSync(options.logFile).size > LOG_SIZE_MAX) {
    renameSync(options.logFile, `${options.logFile}.1`);
  }
  const log = openSync(options.logFile, 'a', 0o600);
  const logOffset = fstatSync(log).size;
  try {
    const child = spawn(options.command, options.args, {
      env: options.env,
      cwd: options.cwd ?? process.cwd(),
      stdio: ['ignore', log, log],
      detached: true,
      ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
    });
    return await whenSpawned(child, options, logOffset);
  } finally {
    closeSync(log);
  }
}

function whenSpawned(child: ChildProcess, options: ProcessOptions, logOffset: number): Promise<OwnedProcess> {
  return new Promise((resolve, reject) => {
    let gone = false;
    const exited = new Promise<string>((resolveExit) => {
      child.once('exit', (code, signal) => {
        gone = true;
        resolveExit(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);
      });
    });
    child.once('error', (cause) => {
      reject(new Error(`${options.name} could not be started: ${cause.message}`, { cause }));
    });
    child.once('spawn', () => {
      const pid = child.pid ?? 0;
      resolve({
        name: options.name,
        logFile: options.logFile,
        logOffset,
        // A process that died at once has no identity any more; its pid alone matches nothing later.
        identity: identityOf(pid) ?? { pid, startedAt: 'gone' },
        exited,
        hasExited: () => gone,
      });
    });
  });
}

/** One step of a stop: which signal, and how long to wait for it to work. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/**
 * Ends a process and what is left of its group, from gentle to hard; the last step is always SIGKILL.
 * Touches nothing when the process id belongs to somebody else by now.
 */
export async function stopProcess(identity: ProcessIdentity, steps: readonly StopStep[]): Promise<void> {
  for (const step of [...steps, { signal: 'SIGKILL', waitMs: 1_000 } as const]) {
    if (!isSameProcessRunning(identity)) return;
    signalGroup(identity.pid, step.signal);
    await untilGone(identity, step.waitMs);
  }
}

async function untilGone(identity: ProcessIdentity, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (isSameProcessRunning(identity) && performance.now() < deadline) await sleep(20);
}

/** PostgreSQL takes its signals at the postmaster only; its children end with it. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of signal === 'SIGKILL' ? [-pid, pid] : [pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // Gone in the meantime.
    }
  }
}

/** The last lines a process wrote, for an error message. */
export function lastLogLines(logFile: string, logOffset = 0, lineCount = 20): string {
  const written = existsSync(logFile)
    ? readFileSync(logFile).subarray(logOffset).toString('utf8').trimEnd()
    : '';
  if (written === '') return '    (nothing was logged)';
  const lines = written.split('\n').slice(-lineCount);
  return lines.map((line) => `    ${line}`).join('\n');
}
