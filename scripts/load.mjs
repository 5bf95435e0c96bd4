// `npm run load`: builds what is stale, then becomes the load test. One process, so that a signal to npm reaches it.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// Standard output belongs to the report.
const builder = spawn(
  process.execPath,
  [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale'],
  { stdio: ['ignore', 2, 2] },
);
const stop = (signal) => {
  builder.kill(signal);
  process.exit(130);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
const code = await new Promise((resolve) => {
  builder.once('exit', resolve);
});
process.off('SIGTERM', stop);
process.off('SIGINT', stop);
if (code !== 0) process.exit(1);
await import(new URL('../dist/scripts/load/main.js', import.meta.url).href);
