// `npm run dead-letters`: builds what is stale and hands over. Plain JavaScript, because it needs nothing built.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'scripts'],
  // What the build says is not the answer.
  { stdio: ['ignore', 2, 2] },
);
if (build.status !== 0) process.exit(1);
await import(new URL('../dist/scripts/dead-letters/main.js', import.meta.url).href);
