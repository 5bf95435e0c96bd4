import type { BooksReport } from './compare-books.js';
import type { LoadOptions, ScenarioName } from './options.js';
import type { ScenarioResult } from './stage.js';
import type { Measure } from './tally.js';

export interface LoadReport {
  readonly options: Pick<LoadOptions, 'seconds' | 'buyers' | 'processes'> & {
    readonly redis: boolean;
    readonly broker: boolean;
  };
  readonly scenarios: readonly (ScenarioResult & { readonly name: ScenarioName })[];
  readonly books: BooksReport;
  readonly isPassed: boolean;
}

/** Whether every invariant holds and nothing happened that no scenario expects. */
export function isPassed({ scenarios, books }: Pick<LoadReport, 'scenarios' | 'books'>): boolean {
  return (
    scenarios.every(({ unexpected }) => unexpected.length === 0) &&
    (books.claims ?? []).every(({ violations }) => violations === 0)
  );
}

export function scenarioLines({
  name,
  measures,
  figures,
  consumption,
  unexpected,
}: LoadReport['scenarios'][number]): readonly string[] {
  return [
    '',
    name,
    ...table([
      ['', 'requests', 'good', 'good/s', 'p50 ms', 'p95', 'p99', 'max', 'refused p99'],
      ...measures.map(measureCells),
    ]),
    ...measures.flatMap((measure) => errorLine(measure)),
    ...table(
      [
        ...Object.entries(figures),
        ['cpuMs', Math.round(consumption.cpuMs)] as const,
        ['rssMaxMib', consumption.rssMaxMib] as const,
      ].map(([figure, value]) => [figure, String(value)]),
    ),
    ...unexpected.map((sentence) => `  ✗ ${sentence}`),
  ];
}

export function booksLines({
  orders,
  siblingEntries,
  answers,
  events,
  claims,
}: BooksReport): readonly string[] {
  const heard = events === null ? 'no broker to listen at' : `${events} events heard`;
  return [
    '',
    `the books: ${orders} orders, ${siblingEntries} entries of the siblings, ${answers} answers kept, ${heard}`,
    ...(claims === null ? ['  too many orders to compare one by one'] : []),
    ...(claims ?? []).flatMap(({ claim, invariants, violations, examples }) => [
      `  ${violations === 0 ? '✓' : '✗'} ${invariants.join(', ')}: ${claim}`,
      ...examples.map((example) => `      ${example}`),
      ...(violations > examples.length ? [`      … and ${violations - examples.length} more`] : []),
    ]),
  ];
}

function measureCells({
  name,
  requests,
  succeeded,
  perSecond,
  latencyMs,
  refusalMs,
}: Measure): readonly string[] {
  const { p50, p95, p99, max } = latencyMs;
  return [
    name,
    ...[requests, succeeded, perSecond, p50, p95, p99, max].map(String),
    refusalMs === null ? '' : String(refusalMs.p99),
  ];
}

function errorLine({ name, errors }: Measure): readonly string[] {
  const counts = Object.entries(errors).map(([code, count]) => `${count} × ${code}`);
  return counts.length === 0 ? [] : [`  ${name}: ${counts.join(', ')}`];
}

/** Columns as wide as their widest cell, the first one to the left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (sofar, row) => row.map((cell, index) => Math.max(sofar[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
