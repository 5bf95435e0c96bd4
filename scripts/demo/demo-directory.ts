import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ZodType } from 'zod';

/** DEMO_DIR: everything the demo remembers from one start to the next. */
export class DemoDirectory {
  readonly logs: string;

  constructor(readonly path: string) {
    try {
      if (!existsSync(path)) {
        mkdirSync(path, { recursive: true });
        // PostgreSQL passes through as another account when we are root, whatever our umask is.
        chmodSync(path, 0o755);
      }
      accessSync(path, constants.W_OK);
      this.logs = join(path, 'logs');
      mkdirSync(this.logs, { recursive: true });
    } catch (cause) {
      throw new Error(`${path} cannot be written: set DEMO_DIR to a directory of your own.`, { cause });
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  logFile(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  /** What was kept under the name; undefined when there is nothing, or nothing readable. */
  read<T>(name: string, schema: ZodType<T>): T | undefined {
    try {
      return schema.safeParse(JSON.parse(readFileSync(this.file(name), 'utf8'))).data;
    } catch {
      return undefined;
    }
  }

  /** Keeps a value whole: a reader sees the old one or the new one, also when we are killed meanwhile. */
  write(name: string, value: unknown): void {
    const unfinished = this.file(`${name}.unfinished`);
    writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(unfinished, this.file(name));
  }

  /** What was kept under the name, made and kept at the first start. */
  keep<T>(name: string, schema: ZodType<T>, make: () => T): T {
    const kept = this.read(name, schema);
    if (kept !== undefined) return kept;
    const made = make();
    this.write(name, made);
    return made;
  }
}
