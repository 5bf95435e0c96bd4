import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { isAnswer, type Answer } from './answer.js';
import { entityTag, isNotModified, VersionedBody } from './entity-tag.js';

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

/** Writes what use cases answer: a stored answer byte for byte, a versioned body with its ETag (or 304), others as JSON. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const ifNoneMatch = http.getRequest<FastifyRequest>().headers['if-none-match'];
    return next.handle().pipe(
      map((result: unknown) => {
        if (result instanceof VersionedBody) return writeVersioned(reply, result, ifNoneMatch);
        return isAnswer(result) ? writeAnswer(reply, result) : result;
      }),
    );
  }
}

function writeAnswer(reply: FastifyReply, answer: Answer): string {
  // A stored refusal brings the content type of a problem document along.
  reply.status(answer.status).header('Content-Type', JSON_CONTENT_TYPE).headers(answer.headers);
  if (answer.replayed) reply.header('Idempotency-Replayed', 'true');
  return answer.body;
}

function writeVersioned(
  reply: FastifyReply,
  { version, body }: VersionedBody,
  ifNoneMatch: string | undefined,
): unknown {
  reply.header('ETag', entityTag(version));
  if (!isNotModified(ifNoneMatch, version)) return body;
  reply.status(304);
  return undefined;
}
