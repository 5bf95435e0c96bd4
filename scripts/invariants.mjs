// `npm run invariants`: builds scripts/ when stale, then compares the books of a running stack.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'scripts'],
  { stdio: ['ignore', 2, 2] },
);
if (build.status !== 0) process.exit(2);
await import(new URL('../dist/scripts/invariants/main.js', import.meta.url).href);
