import { errorRow, type ErrorCode, type ErrorRow } from './error-catalog.js';

/** Where a request is wrong: exactly one of pointer (into the body), parameter (path or query) or header. */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly code: string;
  readonly detail: string;
}

export type ErrorParams = Readonly<Record<string, unknown>>;

/**
 * The one error class. `params` fill the sentence of the catalog; those named in `members`
 * are also shown to the client as members of the problem document.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  /** Extra members of the problem document, such as `unavailable` or `currentStatus`. */
  readonly members: ErrorParams;

  constructor(
    code: ErrorCode,
    params: ErrorParams = {},
    options: { readonly members?: ErrorParams; readonly cause?: unknown } = {},
  ) {
    super(
      `${code}: ${fill(errorRow(code).detail, params)}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'AppError';
    this.code = code;
    this.params = params;
    this.members = options.members ?? {};
  }

  get row(): ErrorRow {
    return errorRow(this.code);
  }

  /** The full sentence for the client. */
  get detail(): string {
    return fill(this.row.detail, this.params);
  }

  /** Seconds after which sending the request again can help; undefined when it cannot. */
  get retryAfterSeconds(): number | undefined {
    const own = this.params['retryAfterSeconds'];
    return typeof own === 'number' ? own : this.row.retryAfterSeconds;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

function fill(template: string, params: ErrorParams): string {
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => text(params[name]));
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
