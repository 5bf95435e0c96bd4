import type { Exchange } from '../invariants/books.js';
import { jsonOf } from '../demo/http-client.js';
import type { Heard } from './closed-load.js';
import type { LoadOptions } from './options.js';
import type { Buyer } from './people.js';
import type { Consumption } from './process-usage.js';
import type { LoadStack } from './stack.js';
import type { Measure } from './tally.js';

/** What a scenario plays on. */
export interface Stage {
  readonly stack: LoadStack;
  readonly options: LoadOptions;
  readonly buyers: readonly Buyer[];
  readonly answers: AnswerBook;
  readonly say: (line: string) => void;
}

export interface ScenarioResult {
  readonly measures: readonly Measure[];
  /** What was measured beside the answers; the unit stands last in the name. */
  readonly figures: Readonly<Record<string, number>>;
  /** Of the service's processes while it was measured. */
  readonly consumption: Consumption;
  /** Sentences about what must not have happened. */
  readonly unexpected: readonly string[];
}

export type Scenario = (stage: Stage) => Promise<ScenarioResult>;

/** Enough to hold answers against the books, and little enough to keep. */
const ANSWERS_MAX = 20_000;

/** What clients were told, for the comparison of the books. */
export class AnswerBook {
  readonly exchanges: Exchange[] = [];

  readonly heard = ({ request, status, body }: Heard): void => {
    // Before the body is parsed: that is what costs.
    if (this.exchanges.length >= ANSWERS_MAX) return;
    const { method, path, headers } = request;
    const key = headers['idempotency-key'] ?? null;
    this.note({ method, path, key, answer: { status, body: jsonOf(body) } });
  };

  note(exchange: Exchange): void {
    if (this.exchanges.length < ANSWERS_MAX) this.exchanges.push(exchange);
  }
}

/** One sentence for every kind of error that the scenario does not expect. */
export function unexpectedErrors(
  measures: readonly Measure[],
  expected: readonly string[] = [],
): readonly string[] {
  return measures.flatMap(({ name, errors }) =>
    Object.entries(errors)
      .filter(([code]) => !expected.includes(code))
      .map(([code, count]) => `${name}: ${count} × ${code}`),
  );
}

/** Nothing was measured when nothing succeeded. */
export function emptyMeasures(measures: readonly Measure[]): readonly string[] {
  return measures
    .filter(({ succeeded }) => succeeded === 0)
    .map(({ name }) => `${name}: not one request succeeded`);
}
