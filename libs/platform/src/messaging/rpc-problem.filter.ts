import { Catch, Logger, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import { RpcException, type RmqContext } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { AppError, isAppError } from '@app/kernel';
import { problemAnswer } from '../http/problem.js';
import { rpcRequestId } from './rpc-headers.js';

/** What a sibling gets for an error: the problem document HTTP would have answered. */
export function rpcProblem(error: AppError, pattern: string, requestId: string): object {
  const { body } = problemAnswer(error, { requestId, instance: pattern });
  const exception = new RpcException({ error: JSON.parse(body) as object });
  return exception.getError() as object;
}

/** Turns whatever an RPC handler throws into a problem document; a bug shows nothing of itself. */
@Catch()
export class RpcProblemFilter implements RpcExceptionFilter {
  private readonly logger = new Logger(RpcProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> {
    if (thrown instanceof RpcException) return throwError(() => thrown.getError());
    const context = host.switchToRpc().getContext<RmqContext>();
    const error = isAppError(thrown) ? thrown : new AppError('INTERNAL', {}, { cause: thrown });
    if (error.row.kind === 'bug') {
      this.logger.error({
        msg: 'an RPC failed because of a bug',
        pattern: context.getPattern(),
        err: thrown,
      });
    }
    const problem = rpcProblem(error, context.getPattern(), rpcRequestId(context));
    return throwError(() => problem);
  }
}

/** Hands an error of an event handler on as it is: the server that called it decides between retry and dead letter. */
@Catch()
export class EventErrorFilter implements RpcExceptionFilter {
  catch(thrown: unknown): Observable<never> {
    return throwError(() => thrown);
  }
}
