import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../servers/find-program.js';
import { installPackage } from '../servers/system-packages.js';
import { checkImage } from './check-image.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const say = (line: string): void => {
  process.stdout.write(`  ${line}\n`);
};

function promtool(): string {
  if (findProgram('promtool') === undefined) {
    installPackage('prometheus', 'put promtool (github.com/prometheus/prometheus) into your PATH');
  }
  const found = findProgram('promtool');
  if (found === undefined) throw new Error('The package prometheus was installed, but has no promtool.');
  return found;
}

function mustSucceed(program: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}:\n${stdout}${stderr}`);
  return stdout;
}

function alertRules(): void {
  const program = promtool();
  mustSucceed(program, ['check', 'config', 'docker/prometheus/prometheus.yaml']);
  mustSucceed(program, ['check', 'rules', 'docker/prometheus/rules.yaml']);
  mustSucceed(program, ['test', 'rules', 'docker/prometheus/rules.test.yaml']);
}

/** Built manifests and PgBouncer: test/ops/, run by Jest with its own configuration. */
function tests(): readonly [passed: number, failed: number] {
  const directory = mkdtempSync(join(tmpdir(), 'order-service-check-ops-'));
  const counts = join(directory, 'counts');
  try {
    const args = ['node_modules/jest/bin/jest.js', '--config', 'jest.ops.config.cjs'];
    spawnSync(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, CLOSING_LINE_FILE: counts },
    });
    const [passed = 0, failed = 1] = readFileSync(counts, 'utf8').trim().split(' ').map(Number);
    return [passed, failed];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const CHECKS: readonly (readonly [string, () => void | Promise<void>])[] = [
  ['alert rules and their tests', alertRules],
  ['steps of the image', () => checkImage({ root, isQuick: true, say })],
];

let [passed, failed] = tests();
for (const [name, check] of CHECKS) {
  try {
    await check();
    passed += 1;
    process.stdout.write(`✓ ${name}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`✗ ${name}\n${error instanceof Error ? error.message : String(error)}\n`);
  }
}
const countsFile = process.env.CLOSING_LINE_FILE;
if (countsFile === undefined) process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
else writeFileSync(countsFile, `${passed} ${failed}\n`);
process.exitCode = failed === 0 ? 0 : 1;
