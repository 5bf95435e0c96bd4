import { AppError, type ErrorCode } from '@app/kernel';
import type { Answer } from './answer.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The stable name of an error kind, in the `type` member (RFC 9457 §3.1.1). */
export function problemType(code: ErrorCode): string {
  return `urn:order-service:problem:${code}`;
}

/**
 * The RFC 9457 document a client gets for an error. A bug shows its request id and nothing else.
 * @param request its `instance` is the path, without the query
 */
export function problemAnswer(
  error: AppError,
  request: { readonly requestId: string; readonly instance: string },
): Answer {
  const shown = error.row.kind === 'bug' && error.code !== 'INTERNAL' ? new AppError('INTERNAL') : error;
  const { row, code, retryAfterSeconds } = shown;
  const document = {
    ...(row.kind === 'bug' ? {} : shown.members),
    type: problemType(code),
    title: row.title,
    status: row.status,
    detail: shown.detail,
    instance: request.instance,
    code,
    requestId: request.requestId,
    retryable: retryAfterSeconds !== undefined,
  };
  return {
    status: row.status,
    headers: problemHeaders(shown),
    body: JSON.stringify(document),
    replayed: false,
  };
}

function problemHeaders(error: AppError): Record<string, string> {
  const headers: Record<string, string> = { 'Content-Type': `${PROBLEM_MEDIA_TYPE}; charset=utf-8` };
  if (error.retryAfterSeconds !== undefined) {
    headers['Retry-After'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  if (error.code === 'UNAUTHENTICATED') headers['WWW-Authenticate'] = 'Bearer';
  if (error.code === 'METHOD_NOT_ALLOWED')
    headers['Allow'] = typeof error.params['allowed'] === 'string' ? error.params['allowed'] : '';
  return headers;
}
