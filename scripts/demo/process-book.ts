import { z } from 'zod';
import { stopProcess, type StopStep } from '../servers/owned-process.js';
import { identityOf, isSameProcessRunning, type ProcessIdentity } from '../servers/process-identity.js';
import type { DemoDirectory } from './demo-directory.js';

const FILE = 'processes.json';
const STOP_STALE: readonly StopStep[] = [{ signal: 'SIGTERM', waitMs: 1_500 }];

const identity = z.object({ pid: z.number(), startedAt: z.string() });
const book = z.object({ supervisor: identity, children: z.record(z.string(), identity) });

/**
 * Which processes belong to this DEMO_DIR, on disk, so that the start after a killed supervisor finds and ends what it
 * left. A process id alone is never believed: it must have started when the book says.
 */
export class ProcessBook {
  private children: Readonly<Record<string, ProcessIdentity>> = {};

  constructor(private readonly directory: DemoDirectory) {}

  /**
   * Ends what a predecessor left behind and takes the book over.
   * @throws when the predecessor is alive
   */
  async takeOver(): Promise<void> {
    const last = this.directory.read(FILE, book);
    if (last !== undefined && last.supervisor.pid !== process.pid && isSameProcessRunning(last.supervisor)) {
      throw new Error(
        `A demo runs already on ${this.directory.path} (process ${last.supervisor.pid}). ` +
          'Stop it, or give this one DEMO_DIR, PORT and SANDBOX_PORT of its own.',
      );
    }
    // The service first: it is the client of the others. PostgreSQL has its own way to be ended.
    for (const [name, child] of Object.entries(last?.children ?? {})) {
      if (name !== 'postgres') await stopProcess(child, STOP_STALE);
    }
    this.write();
  }

  record(name: string, identity: ProcessIdentity): void {
    this.children = { ...this.children, [name]: identity };
    this.write();
  }

  /** Last resort when we end without having stopped our children in order. */
  killAll(): void {
    for (const child of Object.values(this.children).filter((one) => isSameProcessRunning(one))) {
      try {
        process.kill(child.pid, 'SIGKILL');
      } catch {
        // Gone in the meantime.
      }
    }
  }

  private write(): void {
    const supervisor = identityOf(process.pid) ?? { pid: process.pid, startedAt: '' };
    this.directory.write(FILE, { supervisor, children: this.children });
  }
}
