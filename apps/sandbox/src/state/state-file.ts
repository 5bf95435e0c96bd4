import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Changes } from './changes.js';
import type { StatePart } from './state-part.js';

const FORMAT = 1;
const WRITE_DELAY_MS = 250;
/** Taking the picture may cost at most this share of the time, however large the books have grown. */
const WRITE_PAUSE_FACTOR = 5;
/** The file holds the private signing keys. */
const OWNER_ONLY = 0o600;

const stateFile = z.object({ format: z.literal(FORMAT), parts: z.record(z.string(), z.unknown()) });

/** Keeps the books in one file: read at the start, replaced atomically soon after each change and at the end. */
export class StateFile {
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private lastPictureMs = 0;
  private isFollowing = false;

  constructor(
    private readonly path: string,
    private readonly parts: readonly StatePart[],
    private readonly changes: Changes,
  ) {}

  /**
   * Restores what an earlier sandbox left there, if anything.
   * @throws Error when the file exists and is not a state of this sandbox: it may hold somebody's only books
   */
  restore(): void {
    if (this.path === '' || !existsSync(this.path)) return;
    try {
      const saved = stateFile.parse(JSON.parse(readFileSync(this.path, 'utf8')));
      for (const part of this.parts) {
        if (saved.parts[part.partName] !== undefined) part.restore(saved.parts[part.partName]);
      }
    } catch (error) {
      throw new Error(
        `${this.path} is not a state file of this sandbox. Move it away or set SANDBOX_STATE_FILE to another path.`,
        { cause: error },
      );
    }
  }

  /** From here on the file is ours to write: called once the port is taken, so that no two sandboxes share it. */
  follow(): void {
    if (this.path === '') return;
    mkdirSync(dirname(this.path), { recursive: true });
    this.isFollowing = true;
    this.changes.onMark(() => this.writeSoon());
    this.writeSoon();
  }

  /** Writes the last state before it returns. */
  async close(): Promise<void> {
    if (!this.isFollowing) return;
    this.isFollowing = false;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.writing;
    const draft = this.draftPath();
    writeFileSync(draft, this.picture(), { mode: OWNER_ONLY });
    renameSync(draft, this.path);
  }

  private writeSoon(): void {
    if (this.timer !== null || !this.isFollowing) return;
    const delayMs = Math.max(WRITE_DELAY_MS, WRITE_PAUSE_FACTOR * this.lastPictureMs);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.writing = this.writing.then(() => this.write());
    }, delayMs);
    this.timer.unref();
  }

  private async write(): Promise<void> {
    if (!this.isFollowing) return;
    const draft = this.draftPath();
    try {
      await writeFile(draft, this.picture(), { mode: OWNER_ONLY });
      await rename(draft, this.path);
    } catch (error) {
      // The next change tries again; a full disk must not end a running demo.
      process.stderr.write(`sandbox: cannot write ${this.path}: ${String(error)}\n`);
    }
  }

  private picture(): string {
    const startedMs = performance.now();
    const parts = Object.fromEntries(this.parts.map((part) => [part.partName, part.dump()]));
    const text = JSON.stringify({ format: FORMAT, parts });
    this.lastPictureMs = performance.now() - startedMs;
    return text;
  }

  private draftPath(): string {
    return `${this.path}.${process.pid}.tmp`;
  }
}
