// `npm run faults`: strikes the built service at every crash point in every way, then compares the books.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const campaign = spawn(
  process.execPath,
  [jest, '--selectProjects', 'e2e', '--testPathPatterns', 'test/faults', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { FAULTS: 'all', ...process.env } },
);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => campaign.kill(signal));
campaign.once('exit', (code) => process.exit(code ?? 1));
