import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.js';
import { isRoot } from './unprivileged-user.js';

const POLICY_FILE = '/usr/sbin/policy-rc.d';

/**
 * Installs a Debian package when we are root; Debian would also start its service on the default port, which is
 * forbidden for the while, because we start our own.
 * @throws a sentence that says how to get the package otherwise
 */
export function installPackage(packageName: string, otherwise: string): void {
  const advice = `Install it with \`sudo apt-get install -y ${packageName}\` (or your system's way), or ${otherwise}.`;
  const aptGet = findProgram('apt-get');
  if (!isRoot() || aptGet === undefined) throw new Error(`${packageName} is not installed. ${advice}`);
  const forbidsStart = !existsSync(POLICY_FILE);
  if (forbidsStart) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', packageName]]) {
      const result = spawnSync(aptGet, args, {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (result.status !== 0 && args[0] === 'install') {
        throw new Error(`apt-get could not install ${packageName}:\n${result.stderr}\n${advice}`);
      }
    }
  } finally {
    if (forbidsStart) rmSync(POLICY_FILE, { force: true });
  }
}
