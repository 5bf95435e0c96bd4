// `npm run check:ops`: what operators deploy: alert rules with promtool, the built Kubernetes overlays, PgBouncer in front
// of PostgreSQL, the steps of the image.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (status !== 0) process.exit(1);
await import(new URL('../dist/scripts/ops/check-ops.js', import.meta.url).href);
