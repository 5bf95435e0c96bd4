import type { SpanFacts } from '../tracing/spans.js';

/** Distinct texts that are remembered; the service has about a hundred. */
const KNOWN_MAX = 1_000;
const TARGETS_MAX = 4;

const WRITE = /\b(insert into|(?<!for |key |do )update|delete from)\s+([a-z_][a-z0-9_]*)/gi;
const READ = /\bfrom\s+([a-z_][a-z0-9_]*)/i;

const known = new Map<string, SpanFacts>();

/** A statement in a trace: its verbs and tables, such as `INSERT outbox`; neither its text nor a value. */
export function statementSpan(sql: string): SpanFacts {
  const before = known.get(sql);
  if (before !== undefined) return before;
  const name = summaryOf(sql);
  const facts: SpanFacts = {
    name,
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', 'db.query.summary': name },
  };
  if (known.size < KNOWN_MAX) known.set(sql, facts);
  return facts;
}

function summaryOf(sql: string): string {
  const writes = [...sql.matchAll(WRITE)].map(
    ([, verb = '', table = '']) => `${verb.split(' ')[0]?.toUpperCase() ?? ''} ${table}`,
  );
  if (writes.length > 0) return [...new Set(writes)].slice(0, TARGETS_MAX).join(', ');
  const table = READ.exec(sql)?.[1];
  return table === undefined ? 'SELECT' : `SELECT ${table}`;
}
