// Builds dist/. `--if-stale` leaves out what is newer than its sources; names limit the build to those parts.
// Plain JavaScript, because it must run before anything is compiled.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMPS = join(ROOT, 'dist', '.stamps');
const SHARED = ['tsconfig.json', 'nest-cli.json', 'package-lock.json'];

// The sandbox comes first: both applications write dist/libs, and only the service's build runs the Swagger plugin.
const PARTS = {
  scripts: {
    sources: ['scripts', 'libs/client', 'tsconfig.scripts.json', ...SHARED],
    command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.scripts.json'],
    result: 'dist/scripts/test-servers/main.js',
  },
  sandbox: {
    sources: ['apps/sandbox', 'libs', ...SHARED],
    command: ['node_modules/@nestjs/cli/bin/nest.js', 'build', 'sandbox'],
    result: 'dist/apps/sandbox/src/main.js',
  },
  'order-service': {
    sources: ['apps/order-service', 'libs', ...SHARED],
    command: ['node_modules/@nestjs/cli/bin/nest.js', 'build', 'order-service'],
    result: 'dist/apps/order-service/src/main.js',
  },
};

const words = process.argv.slice(2);
const onlyStale = words.includes('--if-stale');
const named = words.filter((word) => !word.startsWith('--'));
for (const name of named) {
  if (!(name in PARTS))
    fail(`There is no part "${name}" to build; the parts are ${Object.keys(PARTS).join(', ')}.`);
}

for (const [name, part] of Object.entries(PARTS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const stamp = join(STAMPS, name);
  const fingerprint = fingerprintOf(part.sources);
  if (onlyStale && isBuilt(part, stamp, fingerprint)) continue;
  rmSync(stamp, { force: true });
  process.stdout.write(`building ${name} …\n`);
  const code = await run(part.command);
  if (code !== 0) fail(`${name} could not be built: ${part.command.join(' ')} ended with ${code}.`);
  if (!existsSync(join(ROOT, part.result))) fail(`${name} was built, but ${part.result} is not there.`);
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function isBuilt(part, stamp, fingerprint) {
  return (
    existsSync(join(ROOT, part.result)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint
  );
}

/** Of names, sizes and times, so that a deleted or restored older file counts as a change too; specs are not built. */
function fingerprintOf(sources) {
  const hash = createHash('sha256');
  for (const source of sources.flatMap((path) => filesUnder(path))) {
    const { size, mtimeMs } = statSync(join(ROOT, source));
    hash.update(`${source}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .sort();
}

/** Passes a stop on to the compiler, so that an impatient Ctrl-C or SIGTERM leaves nothing running. */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = (signal) => {
      child.kill(signal);
      process.exit(130);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      resolve(code ?? signal);
    });
  });
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
