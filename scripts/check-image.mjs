// `node scripts/check-image.mjs`: the steps of docker/Dockerfile without Docker. `--quick` takes the build of this
// checkout instead of building once more from nothing.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const parts = process.argv.includes('--quick') ? ['scripts', 'sandbox', 'order-service'] : ['scripts'];
const builder = fileURLToPath(new URL('build.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [builder, '--if-stale', ...parts], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (status !== 0) process.exit(1);
await import(new URL('../dist/scripts/ops/image.js', import.meta.url).href);
