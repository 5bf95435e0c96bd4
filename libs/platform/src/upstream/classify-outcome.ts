import type { z } from 'zod';
import type { Exchange, Outcome } from './outcome.js';
import type { OperationRow } from './operations.js';

/** Whether the answer speaks of what was asked; an answer about something else proves nothing. */
export type EchoVerdict<R extends string> =
  | { readonly kind: 'fits' }
  /** `what` completes the sentence "<sibling> answered <operation> with …". */
  | { readonly kind: 'mismatch'; readonly what: string }
  /** The contract treats this answer as that refusal, such as an event of another tenant as not found. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: R; readonly body: unknown };

export const ECHO_FITS = { kind: 'fits' } as const;

/** How the answers of one call are read: members that are not named in a schema are dropped. */
export interface AnswerReading<T, R extends string, B> {
  readonly answer: z.ZodType<T>;
  /** What a refusal says beside its code; must accept whatever comes, because the code alone decides. */
  readonly refusal: z.ZodType<B>;
  readonly echo?: (answer: T) => EchoVerdict<R>;
}

type Answered = Extract<Exchange, { kind: 'answered' }>;
type Unknown = Extract<Outcome<never>, { kind: 'unknown' }>;

const BAD_BODY: Unknown = { kind: 'unknown', reason: 'bad-body' };

/**
 * Judges an exchange: done (2xx that fits its schema and its question), refused (a 4xx the contract lists for this
 * operation), not sent (repeat freely), unknown (everything else: same key, same bytes, again).
 * Total: there is an outcome for every status and every body, and nothing unclear ever becomes a refusal.
 */
export function classifyOutcome<T, R extends string, B>(
  row: OperationRow,
  exchange: Exchange,
  reading: AnswerReading<T, R, B>,
): Outcome<T, R, B> {
  if (exchange.kind === 'not-sent') return { kind: 'not-sent', reason: exchange.reason };
  if (exchange.kind === 'lost') return { kind: 'unknown', reason: exchange.reason };
  const { status } = exchange;
  if (status >= 200 && status < 300) return classifyAnswer(row, exchange, reading);
  // Siblings check the token before they do anything, so these two mean that nothing was executed.
  if (isTokenRejected(exchange)) return { kind: 'not-sent', reason: 'unauthenticated' };
  if (status === 429) return { kind: 'unknown', reason: 'throttled' };
  if (status >= 400 && status < 500) return classifyRefusal(row, exchange, reading);
  return { kind: 'unknown', reason: status >= 500 ? 'server-error' : 'redirect' };
}

export function isTokenRejected(exchange: Exchange): boolean {
  return exchange.kind === 'answered' && (exchange.status === 401 || exchange.status === 403);
}

function classifyAnswer<T, R extends string, B>(
  row: OperationRow,
  exchange: Answered,
  reading: AnswerReading<T, R, B>,
): Outcome<T, R, B> {
  const parsed = reading.answer.safeParse(readJson(exchange));
  if (!parsed.success) return BAD_BODY;
  const echo: EchoVerdict<R> = reading.echo?.(parsed.data) ?? ECHO_FITS;
  switch (echo.kind) {
    case 'fits':
      return { kind: 'done', status: exchange.status, body: parsed.data };
    case 'mismatch':
      return {
        kind: 'unknown',
        reason: 'echo-mismatch',
        finding: `${row.upstream} answered ${row.operation} with ${echo.what}.`,
      };
    case 'refused':
      return refused({ status: echo.status, code: echo.code, body: echo.body }, reading);
  }
}

function classifyRefusal<T, R extends string, B>(
  row: OperationRow,
  exchange: Answered,
  reading: AnswerReading<T, R, B>,
): Outcome<T, R, B> {
  const body = readJson(exchange);
  const listed = row.refusals[exchange.status];
  if (listed === undefined) return unlisted(row, exchange.status, body);
  // Without a JSON object it is a proxy's or a damaged answer, not the sibling's own decision.
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return BAD_BODY;
  const code = codeOf(body);
  if (typeof listed === 'string') {
    // A wrong base address also answers 404: it must not pass for "there is no such intent".
    if (code === 'ROUTE_NOT_FOUND') return unlisted(row, exchange.status, body);
  } else if (code === undefined) {
    return BAD_BODY;
  }
  const known = typeof listed === 'string' ? listed : listed.find((candidate) => candidate === code);
  if (known === undefined) return unlisted(row, exchange.status, body);
  // R is the union of the codes of this very row.
  return refused({ status: exchange.status, code: known as R, body }, reading);
}

function refused<T, R extends string, B>(
  refusal: { readonly status: number; readonly code: R; readonly body: unknown },
  reading: AnswerReading<T, R, B>,
): Outcome<T, R, B> {
  const details = reading.refusal.safeParse(refusal.body);
  if (!details.success) return BAD_BODY;
  return { kind: 'refused', status: refusal.status, code: refusal.code, body: details.data };
}

function unlisted(row: OperationRow, status: number, body: unknown): Unknown {
  const code = codeOf(body);
  const answer = code === undefined ? String(status) : `${String(status)} ${code}`;
  return {
    kind: 'unknown',
    reason: 'unlisted-refusal',
    finding: `${row.upstream} answered ${row.operation} with ${answer}, which its contract does not list.`,
  };
}

/** The `code` of a refusal, if it looks like one: findings never quote free text of another service. */
function codeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  const { code } = body;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
}

/** The JSON of an answer; undefined, which no schema accepts, when it is anything else. */
function readJson(exchange: Answered): unknown {
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(exchange.contentType)) return undefined;
  if (exchange.contentEncoding !== '' && exchange.contentEncoding.toLowerCase() !== 'identity')
    return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(exchange.body));
  } catch {
    return undefined;
  }
}
