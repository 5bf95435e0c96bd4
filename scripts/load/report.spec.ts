import { booksLines, isPassed, scenarioLines, type LoadReport } from './report.js';
import { unexpectedErrors } from './stage.js';
import { Tally } from './tally.js';

const OK = { claim: 'all money adds up', invariants: ['I14'], violations: 0, examples: [] };
const BROKEN = { claim: 'no seat twice', invariants: ['I5'], violations: 2, examples: ['I5  one too many'] };

function scenario(unexpected: readonly string[] = []): LoadReport['scenarios'][number] {
  const tally = new Tally();
  tally.answered({ status: 201, ms: 5 });
  tally.answered({ status: 503, ms: 1, code: 'OVERLOADED' });
  return {
    name: 'steady',
    measures: [tally.measure('create', 1)],
    figures: { createdPerSecond: 1 },
    consumption: { cpuMs: 12.4, rssMaxMib: 200 },
    unexpected,
  };
}

function books(...claims: LoadReport['books']['claims'] & object): LoadReport['books'] {
  return { orders: 1, siblingEntries: 0, answers: 2, events: null, claims };
}

describe('the report of a load test', () => {
  it('passes when every invariant holds and nothing unexpected happened', () => {
    expect(isPassed({ scenarios: [scenario()], books: books(OK) })).toBe(true);
  });

  it('fails on a broken invariant', () => {
    expect(isPassed({ scenarios: [scenario()], books: books(OK, BROKEN) })).toBe(false);
  });

  it('fails on an error that the scenario does not expect', () => {
    const unexpected = unexpectedErrors(scenario().measures);
    expect(unexpected).toEqual(['create: 1 × OVERLOADED']);
    expect(unexpectedErrors(scenario().measures, ['OVERLOADED'])).toEqual([]);
    expect(isPassed({ scenarios: [scenario(unexpected)], books: books(OK) })).toBe(false);
  });

  it('shows rates, errors by code, figures and what went wrong', () => {
    const lines = scenarioLines(scenario(['create: 1 × OVERLOADED'])).join('\n');
    expect(lines).toMatch(/create\s+2\s+1\s+1\s/);
    expect(lines).toContain('create: 1 × OVERLOADED');
    expect(lines).toMatch(/createdPerSecond\s+1/);
    expect(lines).toMatch(/rssMaxMib\s+200/);
    expect(lines).toContain('✗ create: 1 × OVERLOADED');
  });

  it('shows each claim with the first violations', () => {
    const lines = booksLines(books(OK, BROKEN));
    expect(lines).toContain('  ✓ I14: all money adds up');
    expect(lines).toContain('  ✗ I5: no seat twice');
    expect(lines).toContain('      I5  one too many');
    expect(lines).toContain('      … and 1 more');
  });
});
