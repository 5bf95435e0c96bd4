import { parseArgs } from 'node:util';
import { INVARIANT_GROUPS } from './check-books.js';
import { loadBooks, loadBooksAtRest } from './load-books.js';

/** More would scroll the first ones away. */
const SHOWN_MAX = 50;

const USAGE =
  'npm run invariants -- --database-url postgres://… --sandbox-url http://… [--at-rest] [--wait-seconds 30]';

/** Compares the books of a running stack; the exit code says whether everything holds. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'database-url': { type: 'string' },
      'sandbox-url': { type: 'string' },
      'at-rest': { type: 'boolean', default: false },
      'wait-seconds': { type: 'string', default: '30' },
    },
  });
  const databaseUrl = values['database-url'] ?? process.env.DATABASE_URL ?? '';
  const sandboxUrl = values['sandbox-url'] ?? '';
  const patienceMs = 1_000 * Number(values['wait-seconds']);
  if (databaseUrl === '' || sandboxUrl === '' || !Number.isFinite(patienceMs)) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const places = { databaseUrl, sandboxUrl };
  const books = values['at-rest']
    ? await loadBooksAtRest(places, { patienceMs })
    : await loadBooks(places, { isAtRest: false });
  process.stdout.write(
    `${books.orders.orders.length} orders, ${books.siblings.entries.length} entries of the siblings\n`,
  );
  let count = 0;
  for (const group of INVARIANT_GROUPS) {
    const violations = group.check(books);
    count += violations.length;
    process.stdout.write(
      `${violations.length === 0 ? '✓' : '✗'} ${group.invariants.join(', ')}: ${group.claim}\n`,
    );
    for (const { invariant, orderId, sentence } of violations.slice(0, SHOWN_MAX))
      process.stdout.write(`    ${invariant} ${orderId ?? ''} ${sentence}\n`);
    if (violations.length > SHOWN_MAX)
      process.stdout.write(`    … and ${violations.length - SHOWN_MAX} more\n`);
  }
  process.stdout.write(count === 0 ? 'every invariant holds\n' : `${count} violations\n`);
  return count === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
