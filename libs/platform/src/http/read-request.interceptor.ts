import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { AppError, type FieldError } from '@app/kernel';
import { endpointOf } from './endpoint.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { isForbiddenKey, pointerToken, readJsonObject, textFlaw } from './json-reader.js';
import { requestContext } from './request-context.js';

interface ReadParts {
  readonly body: boolean;
  readonly query: boolean;
}

/**
 * Reads key, query and body once the guards have let the request in, so that a stranger with a broken body is told
 * 401 and not what is wrong with it. A route without a body class accepts an empty object only, one without a
 * query class no parameters.
 */
@Injectable()
export class ReadRequestInterceptor implements NestInterceptor {
  private readonly partsByHandler = new WeakMap<object, ReadParts>();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const policy = endpointOf(context.getHandler());
    if (policy === undefined || policy.audience === 'open') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const parts = this.partsOf(context);
    if (policy.changes) requestContext(request).idempotencyKey = readIdempotencyKey(request);
    checkQuery(request.query, parts.query);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      request.body = readBody(request.body, parts.body);
    return next.handle();
  }

  /** Which parts of a request a handler takes as parameters. */
  private partsOf(context: ExecutionContext): ReadParts {
    const handler = context.getHandler();
    const known = this.partsByHandler.get(handler);
    if (known !== undefined) return known;
    const metadata: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name);
    const kinds = Object.keys(metadata ?? {}).map((key) => Number(key.split(':')[0]));
    const parts = {
      body: kinds.includes(RouteParamtypes.BODY),
      query: kinds.includes(RouteParamtypes.QUERY),
    };
    this.partsByHandler.set(handler, parts);
    return parts;
  }
}

function readBody(raw: unknown, isTaken: boolean): Record<string, unknown> {
  const body = raw instanceof Uint8Array && raw.byteLength > 0 ? readJsonObject(raw) : {};
  if (!isTaken) {
    refuse(
      Object.keys(body).map((name) => ({
        pointer: `/${pointerToken(name)}`,
        code: 'UNKNOWN_MEMBER',
        detail: 'This member is not known here.',
      })),
    );
  }
  return body;
}

function checkQuery(query: unknown, isTaken: boolean): void {
  const errors: FieldError[] = [];
  for (const [parameter, value] of Object.entries(query ?? {})) {
    const flaw =
      textFlaw(parameter) ??
      [value]
        .flat()
        .map((text) => textFlaw(String(text)))
        .find((found) => found !== undefined);
    if (!isTaken || isForbiddenKey(parameter)) {
      errors.push({ parameter, code: 'UNKNOWN_PARAMETER', detail: 'This parameter is not known here.' });
    } else if (flaw !== undefined) {
      errors.push({ parameter, code: 'TEXT', detail: flaw });
    }
  }
  refuse(errors);
}

function refuse(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const reason = `${first.pointer ?? first.parameter ?? ''}: ${first.detail}`;
  throw new AppError('VALIDATION_FAILED', { reason }, { members: { errors } });
}
