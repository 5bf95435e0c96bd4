import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { UserIds } from './owned-process.js';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account PostgreSQL runs as when we are root, which it refuses to be: `postgres`, created when missing and
 * possible, otherwise `nobody`. Undefined when we are not root and need no other account.
 */
export function unprivilegedUser(): UserIds | undefined {
  if (!isRoot()) return undefined;
  const known = idsOf('postgres') ?? createdPostgresUser() ?? idsOf('nobody');
  if (known === undefined) {
    throw new Error('PostgreSQL refuses to run as root: create a user `postgres`, or set DATABASE_URL.');
  }
  return known;
}

/** Root runs an existing data directory as the account that owns it. */
export function ownerOf(path: string): UserIds | undefined {
  if (!isRoot()) return undefined;
  const { uid, gid } = statSync(path);
  return uid === 0 ? undefined : { uid, gid };
}

/** Whether that account can enter the directory: its parents may be closed to it, as /root is. */
export function canEnter(directory: string, user: UserIds | undefined): boolean {
  return succeeds('/bin/sh', ['-c', 'cd -- "$0"', directory], user);
}

/** Whether that account can run the program where it lies. */
export function canRun(program: string, user: UserIds | undefined): boolean {
  return succeeds(program, ['--version'], user);
}

function succeeds(command: string, args: readonly string[], user: UserIds | undefined): boolean {
  const ids = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return spawnSync(command, args, { cwd: '/', stdio: 'ignore', ...ids }).status === 0;
}

function idsOf(name: string): UserIds | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const result = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return result.status === 0 ? Number(result.stdout.trim()) : undefined;
  });
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
}

function createdPostgresUser(): UserIds | undefined {
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'];
  spawnSync('useradd', args, { stdio: 'ignore' });
  return idsOf('postgres');
}
