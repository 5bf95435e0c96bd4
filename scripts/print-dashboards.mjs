// `node scripts/print-dashboards.mjs`: writes docker/grafana/dashboards/ from the metrics table.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'scripts', 'order-service'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (status !== 0) process.exit(1);
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { serviceDashboards } = await built('scripts/ops/dashboards.js');
const { METRICS } = await built('libs/platform/src/observability/metrics-table.js');
const directory = fileURLToPath(new URL('../docker/grafana/dashboards/', import.meta.url));
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory);
for (const [name, dashboard] of Object.entries(serviceDashboards(METRICS))) {
  writeFileSync(`${directory}${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`);
}
process.stdout.write(`Wrote ${directory}.\n`);
