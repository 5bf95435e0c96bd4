// `node scripts/print-client-types.mjs`: writes the types of libs/client from the OpenAPI document of the built service.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'scripts', 'order-service'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (status !== 0) process.exit(1);
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { openApiDocument } = await built('apps/order-service/src/openapi.js');
const { clientTypes } = await built('scripts/client-types/client-types.js');
const file = fileURLToPath(new URL('../libs/client/src/generated/api.ts', import.meta.url));
writeFileSync(file, await clientTypes(await openApiDocument()));
process.stdout.write(`Wrote ${file}.\n`);
process.exit(0);
