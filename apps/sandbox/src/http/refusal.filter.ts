import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { SandboxReply } from './http-types.js';
import { Refusal, validationFailed } from './refusal.js';

/** Turns whatever was thrown into a JSON answer; only a bug of the sandbox itself is written to stderr. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = toRefusal(error);
    host.switchToHttp().getResponse<SandboxReply>().status(refusal.status).send(refusal.body);
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const status = statusOf(error);
  if (status === 404) {
    return new Refusal(404, 'ROUTE_NOT_FOUND', 'There is nothing at this address of the sandbox.');
  }
  if (status !== undefined && status >= 400 && status < 500) {
    const detail = error instanceof Error ? error.message : 'The request cannot be read.';
    return status === 400 ? validationFailed(detail) : new Refusal(status, 'REQUEST_REFUSED', detail);
  }
  process.stderr.write(
    `sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return new Refusal(500, 'INTERNAL', 'The sandbox itself failed; see its stderr.');
}

/** Nest and Fastify both mark their errors with a status. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return undefined;
}
