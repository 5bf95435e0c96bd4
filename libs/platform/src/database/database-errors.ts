import { AppError } from '@app/kernel';

/** SQLSTATE classes that a second try of the whole transaction can cure: serialisation failure, deadlock, lock time-out. */
const RETRYABLE = new Set(['40001', '40P01', '55P03']);

/** SQLSTATEs and client errors that mean the server is away, starting, stopping or out of connections. */
const UNAVAILABLE = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '53400',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '25P03',
  // The database itself is still to be made.
  '3D000',
]);
const UNAVAILABLE_NODE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** TypeORM releases a runner whose connection broke between two statements, so the next one hears only of that. */
const UNAVAILABLE_MESSAGE =
  /timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|Client has encountered a connection error|not queryable|terminating connection|Query runner already released/i;

interface DatabaseErrorLike {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly message?: unknown;
  readonly driverError?: unknown;
}

function driverError(error: unknown): DatabaseErrorLike {
  if (typeof error !== 'object' || error === null) return {};
  const outer = error as DatabaseErrorLike;
  return typeof outer.driverError === 'object' && outer.driverError !== null ? outer.driverError : outer;
}

export function isRetryable(error: unknown): boolean {
  const { code } = driverError(error);
  return typeof code === 'string' && RETRYABLE.has(code);
}

export function isUnavailable(error: unknown): boolean {
  const { code, message } = driverError(error);
  if (typeof code === 'string' && (UNAVAILABLE.has(code) || UNAVAILABLE_NODE.has(code))) return true;
  return typeof message === 'string' && UNAVAILABLE_MESSAGE.test(message);
}

/** A statement that nobody answered: the server hangs, or what leads to it. */
export function isSilence(error: unknown): boolean {
  const { message } = driverError(error);
  return typeof message === 'string' && /Query read timeout/i.test(message);
}

/** A statement that ran into `statement_timeout`. */
function isTimedOut(error: unknown): boolean {
  return driverError(error).code === '57014';
}

/** What a client heard as `UPSTREAM_UNAVAILABLE` because a row or lock it needs is held by somebody else. */
export function isContended(error: unknown): boolean {
  return error instanceof AppError && (isRetryable(error.cause) || isTimedOut(error.cause));
}

/** The name of the constraint that refused a row; undefined when the error is of another kind. */
export function violatedConstraint(error: unknown): string | undefined {
  const { constraint } = driverError(error);
  return typeof constraint === 'string' ? constraint : undefined;
}

/** What a client hears of a database that is away, overloaded or contended: retry, nothing to clean up. */
export function asAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isUnavailable(error) || isRetryable(error) || isTimedOut(error)) {
    return databaseAway(error);
  }
  return error;
}

export function databaseAway(cause: unknown): AppError {
  return new AppError(
    'UPSTREAM_UNAVAILABLE',
    { upstream: 'database' },
    { members: { upstream: 'database' }, cause },
  );
}
