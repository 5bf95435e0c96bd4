import { HttpException, NotFoundException } from '@nestjs/common';
import { AppError, isAppError } from '@app/kernel';
import { FencedOff } from '../database/fenced-off.js';

export const BODY_BYTES_MAX = 64 * 1024;

interface FailedRequest {
  readonly method: string;
  /** What the same address does answer. */
  readonly methodsAtPath: readonly string[];
  /** False when the client went away before the end of its body. */
  readonly isWhole: boolean;
}

/** Translates whatever was thrown while a request was served; what nobody foresaw is a bug of ours. */
export function asRequestError(error: unknown, request: FailedRequest): AppError {
  if (isAppError(error)) return error;
  // Somebody else was faster; what they did stands, and the same request sent again sees it.
  if (error instanceof FencedOff) return new AppError('ORDER_BUSY', {}, { cause: error });
  if (!request.isWhole && isConnectionReset(error))
    return new AppError('VALIDATION_FAILED', { reason: 'its body ended too early.' }, { cause: error });
  if (error instanceof NotFoundException) return routeNotFound(request, error);
  const status = statusOf(error);
  switch (status) {
    case 400:
    case 408:
    case 414:
    case 431:
      return new AppError(
        'VALIDATION_FAILED',
        { reason: 'it cannot be read as an HTTP request.' },
        { cause: error },
      );
    case 401:
      return new AppError('UNAUTHENTICATED', {}, { cause: error });
    case 403:
      return new AppError('FORBIDDEN', { reason: 'This is not permitted.' }, { cause: error });
    case 404:
    case 405:
      return routeNotFound(request, error);
    case 413:
      return new AppError('BODY_TOO_LARGE', { limitBytes: BODY_BYTES_MAX }, { cause: error });
    case 415:
      return new AppError('UNSUPPORTED_MEDIA_TYPE', {}, { cause: error });
    default:
      return new AppError('INTERNAL', {}, { cause: error });
  }
}

function routeNotFound(request: FailedRequest, cause: unknown): AppError {
  const { method, methodsAtPath } = request;
  if (methodsAtPath.length === 0 || methodsAtPath.includes(method))
    return new AppError('ROUTE_NOT_FOUND', {}, { cause });
  return new AppError('METHOD_NOT_ALLOWED', { method, allowed: methodsAtPath.join(', ') }, { cause });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  // Only what the framework itself refused; a library's error with a status of its own is not meant for our clients.
  if (!(error instanceof Error) || error.name !== 'FastifyError' || !('statusCode' in error))
    return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function isConnectionReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}
