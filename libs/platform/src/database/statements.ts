import { createHash } from 'node:crypto';
import type { QueryResult, QueryResultRow } from 'pg';
import type { QueryRunner } from 'typeorm';

/** Distinct texts that get a name; the service has about a hundred, and filters of lists make some variants. */
const NAMED_MAX = 1_000;

/** The part of a pg client that runs a statement. */
interface StatementClient {
  query(statement: {
    readonly name?: string;
    readonly text: string;
    readonly values: unknown[];
    readonly query_timeout: number;
  }): Promise<QueryResult<QueryResultRow>>;
  end(): Promise<void>;
}

const names = new Map<string, string>();

/** The same text has the same name in every connection, so each connection parses and plans it once. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= NAMED_MAX) return undefined;
  const name = `s${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/**
 * Runs one statement on the runner's own connection. Prepared statements save the planning of the long ones, which is
 * a quarter of what creating an order costs the database.
 */
export async function runStatement(
  runner: QueryRunner,
  text: string,
  values: readonly unknown[],
  options: { readonly isPrepared: boolean; readonly silenceTimeoutMs: number },
): Promise<QueryResult<QueryResultRow>> {
  const client = (await runner.connect()) as StatementClient;
  const name = options.isPrepared ? nameOf(text) : undefined;
  return client.query({
    ...(name === undefined ? {} : { name }),
    text,
    values: [...values],
    query_timeout: options.silenceTimeoutMs,
  });
}

/** Ends a connection that no longer answers; the pool drops an ending connection instead of lending it again. */
export async function abandonConnection(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as StatementClient;
  // Saying goodbye to a silent server may take for ever; the socket's own time-outs finish it.
  client.end().catch(() => undefined);
}
