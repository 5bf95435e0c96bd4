import { Catch, Inject, Logger, Optional, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '@app/kernel';
import { asRequestError } from './framework-errors.js';
import { problemAnswer } from './problem.js';
import {
  REFUSAL_RECORDER,
  isPrivilegedRoute,
  refusedAction,
  type RefusalRecorder,
} from './refused-actions.js';
import { requestPath } from './request-context.js';
import { RouteTable } from './route-table.js';

/** The one place where an error becomes an answer. Nothing but the catalog's words leaves the service. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly routes: RouteTable,
    @Optional() @Inject(REFUSAL_RECORDER) private readonly recorder?: RefusalRecorder,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    // Messages have an error channel of their own.
    if (host.getType() !== 'http') throw thrown;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const path = requestPath(request);
    const error = asRequestError(thrown, {
      method: request.method,
      methodsAtPath: this.routes.methodsAt(path),
      isWhole: request.raw.complete,
    });
    this.log(error, thrown, request);
    const problem = problemAnswer(error, { requestId: request.id, instance: path });
    const reply = http.getResponse<FastifyReply>();
    this.record(error, request);
    if (reply.sent) return;
    void reply.status(problem.status).headers(problem.headers).send(problem.body);
  }

  private record(error: AppError, request: FastifyRequest): void {
    const refused = refusedAction(request, error);
    if (refused !== undefined) this.recorder?.record(refused);
    else this.logStranger(error, request);
  }

  /** Without a name there is no tenant whose audit log could keep it, and anybody could fill one. */
  private logStranger(error: AppError, request: FastifyRequest): void {
    const policy = request.routeOptions.config.endpoint;
    if (error.code !== 'UNAUTHENTICATED' || policy === undefined || !isPrivilegedRoute(policy)) return;
    this.logger.log(
      {
        requestId: request.id,
        action: `${request.method} ${request.routeOptions.url ?? ''}`,
        actor: 'unauthenticated',
        code: error.code,
        reason: whyRefused(error),
      },
      'A stranger was refused a privileged action',
    );
  }

  /** What the caller did wrong is in the request's own log line already. */
  private log(error: AppError, thrown: unknown, request: FastifyRequest): void {
    const { kind } = error.row;
    if (kind !== 'bug' && kind !== 'upstream') return;
    const facts = { requestId: request.id, code: error.code, err: thrown };
    if (kind === 'bug') this.logger.error(facts, 'A request failed because of a bug');
    else this.logger.warn(facts, 'A request was refused because something is away');
  }
}

/** Names of error codes, never texts: those may quote the token. */
function whyRefused({ cause }: AppError): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return 'NO_TOKEN';
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name;
}
