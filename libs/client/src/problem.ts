import type { ProblemCode } from './api-types.js';

/** What came back, whatever it says; the body as JSON, undefined when it is none. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** `UNEXPECTED_ANSWER` is of our own making: what answered was not order-service, but a proxy, say. */
export type ProblemAnswerCode = ProblemCode | 'UNEXPECTED_ANSWER';

interface ProblemFacts {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

/** A gateway that says one of these got no answer either. */
const GATEWAY_STATUSES = [502, 503, 504];
const STANDARD_MEMBERS = new Set([
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'requestId',
  'retryable',
]);

/** order-service refused, with an RFC 9457 problem document; switch on `code`. */
export class OrderServiceProblem extends Error {
  override readonly name = 'OrderServiceProblem';
  /** One of `ProblemAnswerCode`, or a newer one. */
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** A sentence that says what is true and what to do. */
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Sending the same request again can help; this client has done so already. */
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  /** What this code tells besides: `expected` and `actual`, `allowedActions`, `errors` … */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    readonly request: string,
    readonly answer: Answer,
  ) {
    const facts = factsOf(answer);
    super(`${request} was answered ${answer.status} ${facts.code}: ${facts.detail}`);
    this.status = answer.status;
    this.code = facts.code;
    this.title = facts.title;
    this.detail = facts.detail;
    this.requestId = facts.requestId;
    this.retryable = facts.retryable;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.members = facts.members;
  }

  /** `problem.is('PRICE_CHANGED', 'TICKETS_UNAVAILABLE')` */
  is(...codes: readonly ProblemAnswerCode[]): boolean {
    return codes.some((code) => code === this.code);
  }
}

/** No answer came: the connection was refused, broke off or took too long. Whether the request was carried out is unknown. */
export class OrderServiceUnreachable extends Error {
  override readonly name = 'OrderServiceUnreachable';

  constructor(
    readonly request: string,
    cause: unknown,
  ) {
    super(`${request} got no answer: ${reasonOf(cause)}`, { cause });
  }
}

function factsOf(answer: Answer): ProblemFacts {
  const { status, headers, body } = answer;
  const retryAfterSeconds = retryAfter(headers);
  const requestId = headers.get('x-request-id') ?? undefined;
  if (!isProblem(body)) {
    return {
      code: 'UNEXPECTED_ANSWER',
      title: 'The answer is not one of order-service',
      detail: `The answer is not one of order-service: status ${status}, ${headers.get('content-type') ?? 'no content type'}. Check the address and what lies between.`,
      requestId,
      retryable: GATEWAY_STATUSES.includes(status),
      retryAfterSeconds,
      members: {},
    };
  }
  return {
    code: body.code,
    title: textOf(body['title']),
    detail: textOf(body['detail']),
    requestId: typeof body['requestId'] === 'string' ? body['requestId'] : requestId,
    retryable: body['retryable'] === true,
    retryAfterSeconds,
    members: Object.fromEntries(Object.entries(body).filter(([name]) => !STANDARD_MEMBERS.has(name))),
  };
}

function isProblem(body: unknown): body is Readonly<Record<string, unknown>> & { readonly code: string } {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Seconds or a date; a date is read against the answer's own Date, so that no clock of ours has to be right. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const seconds = (Date.parse(text) - Date.parse(headers.get('date') ?? '')) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** `fetch` hides what went wrong in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message === '' ? code || error.name : error.message;
}
