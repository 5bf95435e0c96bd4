#!/usr/bin/env node
// `npm run ctl -- …` and `npx order-service …`: builds what is stale and hands over. In the image there is nothing to
// build, and `order-service` on its PATH is dist/apps/order-service/src/ctl.js itself.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale', 'order-service'],
  // What the build says is not the answer.
  { stdio: ['ignore', 2, 2] },
);
if (build.status !== 0) process.exit(70);
await import(new URL('../dist/apps/order-service/src/ctl.js', import.meta.url).href);
