// `npm run check`: format, lint, types, boundaries, unused code, unit and table tests. Fast enough to run before every
// commit; `--static` leaves the tests out. Plain JavaScript, because it needs nothing built.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const bin = (path) => join('node_modules', path);
const cache = (name) => join('node_modules', '.cache', name);
const scratch = mkdtempSync(join(tmpdir(), 'order-service-check-'));
const countsFile = join(scratch, 'counts');

// The slowest first, so that the machine is busy to the end.
const STEPS = [
  [
    'lint',
    'eslint/bin/eslint.js',
    '--max-warnings',
    '0',
    '--cache',
    '--cache-location',
    cache('eslint/'),
    '.',
  ],
  [
    'types',
    'typescript/bin/tsc',
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    cache('types.tsbuildinfo'),
    '-p',
    'tsconfig.json',
  ],
  [
    'format',
    'prettier/bin/prettier.cjs',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-location',
    cache('prettier/checked.json'),
    '.',
  ],
  [
    'boundaries',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'apps',
    'libs',
    'scripts',
    'test',
  ],
  ['unused code', 'knip/bin/knip.js'],
  ['unit tests', 'jest/bin/jest.js', '--selectProjects', 'unit', '--silent'],
].filter(([name]) => name !== 'unit tests' || !process.argv.includes('--static'));

const queue = [...STEPS];
const failures = [];
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => workThrough()));

const counts = existsSync(countsFile)
  ? readFileSync(countsFile, 'utf8').trim().split(' ').map(Number)
  : [0, 0];
rmSync(scratch, { recursive: true, force: true });
const passed = counts[0];
// Failed unit tests count one by one; every other failed step counts as one.
const failed = failures.filter((name) => name !== 'unit tests' || counts[1] === 0).length + counts[1];
const callersFile = process.env.CLOSING_LINE_FILE;
if (callersFile === undefined) process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
else writeFileSync(callersFile, `${passed} ${failed}\n`);
process.exit(failures.length > 0 || failed > 0 ? 1 : 0);

async function workThrough() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, program, ...args] = next;
    const startedAt = performance.now();
    const { code, output } = await run([bin(program), ...args]);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (code !== 0) failures.push(name);
    process.stdout.write(code === 0 ? `✓ ${name} (${seconds} s)\n` : `✗ ${name} (${seconds} s)\n${output}\n`);
  }
}

function run(command) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CLOSING_LINE_FILE: countsFile },
    });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    const stop = (signal) => {
      child.kill(signal);
      process.exitCode = 130;
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
      resolve({ code: code ?? signal, output: Buffer.concat(chunks).toString('utf8').trimEnd() });
    });
  });
}
