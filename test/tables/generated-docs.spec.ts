import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configurationPage, environmentExample } from './docs/configuration.js';
import { effectsPage, errorsPage, paymentOutcomesPage, stateMachinePage } from './docs/domain.js';
import { licencesPage } from './docs/licences.js';
import { jobsPage, lockResourcesPage, metricsPage, upstreamOperationsPage } from './docs/operation.js';
import { routesPage } from './docs/routes.js';

const ROOT = join(__dirname, '..', '..');
const isWriting = process.env.WRITE_DOCS === '1';

const FILES: readonly (readonly [string, () => string])[] = [
  ['.env.example', environmentExample],
  ['docs/generated/configuration.md', configurationPage],
  ['docs/generated/effects.md', effectsPage],
  ['docs/generated/errors.md', errorsPage],
  ['docs/generated/jobs.md', jobsPage],
  ['docs/generated/licences.md', licencesPage],
  ['docs/generated/locks.md', lockResourcesPage],
  ['docs/generated/metrics.md', metricsPage],
  ['docs/generated/payment-outcomes.md', paymentOutcomesPage],
  ['docs/generated/routes.md', routesPage],
  ['docs/generated/state-machine.md', stateMachinePage],
  ['docs/generated/upstream-operations.md', upstreamOperationsPage],
];

// `npm run docs:generate` is this file with WRITE_DOCS=1: what writes the files and what checks them cannot differ.
describe('what is printed from the tables', () => {
  it.each(FILES)('%s says what the code does', (path, print) => {
    const printed = print();
    const file = join(ROOT, path);
    if (isWriting) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, printed);
    }

    expect(readFileSync(file, 'utf8')).toBe(printed);
  });
});
