import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@app/kernel';
import { problemAnswer } from './problem.js';

const REASONS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'its headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'it did not arrive in time.',
};

/**
 * Answers what never became a request: broken HTTP, oversized headers, two different lengths, a sender that is too
 * slow. There is no path to name, so `instance` is empty.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { writable } = socket;
  if (writable && !hasBegunAnswering(socket)) {
    const reason = REASONS[error.code ?? ''] ?? 'it is not valid HTTP.';
    const requestId = randomUUID();
    const problem = problemAnswer(new AppError('VALIDATION_FAILED', { reason }), { requestId, instance: '' });
    const headers = {
      ...problem.headers,
      'Content-Length': String(Buffer.byteLength(problem.body)),
      'X-Request-Id': requestId,
      'Cache-Control': 'no-store',
      Connection: 'close',
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${head.join('')}\r\n${problem.body}`,
    );
  }
  socket.destroySoon();
}

/** A second status line in the middle of another request's answer would be read as part of it. */
function hasBegunAnswering(socket: Socket): boolean {
  const answer: unknown = Reflect.get(socket, '_httpMessage');
  return (
    typeof answer === 'object' && answer !== null && 'headersSent' in answer && answer.headersSent === true
  );
}
