import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { UserIds } from './owned-process.js';
import { canEnter } from './unprivileged-user.js';

/**
 * A directory the account can get into: the first of the candidates that it can enter. One that has to be made is
 * opened to it; the mode of one that exists is its owner's business.
 * @throws when the account can enter none of them
 */
export function reachablePlace(candidates: readonly string[], user: UserIds | undefined): string {
  for (const candidate of candidates) {
    if (prepared(candidate) && canEnter(candidate, user)) return candidate;
  }
  throw new Error(
    `The account PostgreSQL runs as can enter none of ${candidates.join(', ')}: ` +
      'choose a directory open to it (DEMO_DIR for the demo, TMPDIR for the tests).',
  );
}

function prepared(directory: string): boolean {
  try {
    if (!existsSync(directory)) {
      mkdirSync(directory, { recursive: true });
      chmodSync(directory, 0o755);
    }
    return true;
  } catch {
    return false;
  }
}

/** The parent of a PostgreSQL data directory, owned by the account that runs it. */
export function ownedDirectory(place: string, name: string, user: UserIds | undefined): string {
  const directory = join(place, name);
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  return directory;
}
