import { OrderServiceProblem, OrderServiceUnreachable } from '@app/client';
import { plain } from './render.js';

/** The numbers are those of sysexits.h where it has one. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  refused: { code: 1, meaning: 'refused, not found, or not up to date' },
  usage: { code: 64, meaning: 'the command makes no sense as typed' },
  unreachable: { code: 69, meaning: 'the service, the broker or the database does not answer' },
  bug: { code: 70, meaning: 'a bug of this program' },
  later: { code: 75, meaning: 'refused for now: try again later' },
  permission: { code: 77, meaning: 'the token or the login may not do this' },
  setting: { code: 78, meaning: 'a variable is missing or wrong' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type Ending = keyof typeof EXIT_CODES;

/** A sentence for the operator, and how the program ends. */
export class CtlError extends Error {
  constructor(
    readonly ending: Ending,
    message: string,
  ) {
    super(message);
  }
}

export interface Failure {
  readonly ending: Ending;
  readonly sentence: string;
  /** Of the service's problem document. */
  readonly code?: string;
  readonly requestId?: string;
}

const PERMISSION_STATUSES = [401, 403];
/** Where a request is wrong, as the service names it. */
const PLACES = ['parameter', 'pointer', 'header'] as const;
/** How libraries name a server that is not there, and PostgreSQL one that is starting or ending. */
const AWAY = /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P0|08)/;
/** pg gives a server that never answers no code. */
const SILENT = /^(?:timeout expired|Connection terminated)/;
/** invalid_catalog_name */
const NO_DATABASE = '3D000';
/** invalid_authorization_specification, invalid_password, insufficient_privilege */
const NO_PERMISSION = /^(?:28000|28P01|42501)$/;

/** What to tell of an error that ended a command; never a stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CtlError) return { ending: error.ending, sentence: error.message };
  if (error instanceof OrderServiceProblem) return problemFailure(error);
  if (error instanceof OrderServiceUnreachable)
    return {
      ending: 'unreachable',
      sentence: `order-service does not answer at ORDER_SERVICE_URL. ${error.message}.`,
    };
  const code = codeOf(error);
  const message = messageOf(error);
  if (NO_PERMISSION.test(code)) return { ending: 'permission', sentence: `PostgreSQL refused: ${message}.` };
  if (code === NO_DATABASE) return { ending: 'setting', sentence: `The address is wrong: ${message}.` };
  if (AWAY.test(code) || SILENT.test(message))
    return { ending: 'unreachable', sentence: `No connection: ${message || code}.` };
  return { ending: 'bug', sentence: `This is a bug: ${message}` };
}

function problemFailure(problem: OrderServiceProblem): Failure {
  const { code, status, requestId } = problem;
  const request = requestId === undefined ? '' : `, request ${requestId}`;
  return {
    ending: endingOf(problem),
    sentence: [
      `${problem.detail} (${status} ${code}${request})`,
      ...fieldErrors(problem.members['errors']),
    ].join('\n'),
    code,
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function endingOf(problem: OrderServiceProblem): Ending {
  if (problem.is('UNEXPECTED_ANSWER')) return 'unreachable';
  if (PERMISSION_STATUSES.includes(problem.status)) return 'permission';
  return problem.retryable ? 'later' : 'refused';
}

function fieldErrors(errors: unknown): readonly string[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    if (typeof error !== 'object' || error === null) return [];
    const named = error as Readonly<Record<string, unknown>>;
    const place = PLACES.find((name) => typeof named[name] === 'string');
    return place === undefined ? [] : [`  ${plain(named[place])}: ${plain(named['detail'] ?? '')}`];
  });
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  // Several addresses were tried: each has its own error.
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((inner: unknown) => messageOf(inner)).join('; ');
  return error instanceof Error ? error.message : String(error);
}
