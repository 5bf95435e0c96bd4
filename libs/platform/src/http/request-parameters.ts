import { applyDecorators, createParamDecorator, Param, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestFingerprint, type IdempotencyRequest } from '../idempotency/idempotency-request.js';
import { principalKey, type Caller } from './caller.js';
import { readIfMatch } from './entity-tag.js';
import { requestContext, requestPath } from './request-context.js';
import { UuidPipe } from './uuid.pipe.js';

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}

function callerOf(request: FastifyRequest): Caller {
  const { caller } = requestContext(request);
  if (caller === undefined) throw new Error('An open route has no caller.');
  return caller;
}

/** Applies a documentation decorator to the method a parameter belongs to. */
function documented(decorator: MethodDecorator): ParameterDecorator {
  return (target, propertyKey) => {
    if (propertyKey === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, propertyKey);
    if (descriptor !== undefined) applyDecorators(decorator)(target, propertyKey, descriptor);
  };
}

/** Who calls: `@CurrentCaller() caller: Caller<UserPrincipal>`. The route's audience says which principal it is. */
export const CurrentCaller = createParamDecorator((_unused: undefined, context: ExecutionContext): Caller =>
  callerOf(requestOf(context)),
);

/** The client's intention: `@Idempotent() idempotency: IdempotencyRequest`, on a route that declares `changes: true`. */
export const Idempotent = createParamDecorator(
  (_unused: undefined, context: ExecutionContext): IdempotencyRequest => {
    const request = requestOf(context);
    const { idempotencyKey } = requestContext(request);
    if (idempotencyKey === undefined)
      throw new Error('The route does not declare that it changes something.');
    const { principal } = callerOf(request);
    const path = requestPath(request);
    return {
      tenantId: principal.tenantId,
      principal: principalKey(principal),
      key: idempotencyKey,
      fingerprint: requestFingerprint({ method: request.method, path, body: request.body }),
      path,
    };
  },
);

/** The version the client insists on, or null: `@IfMatch() ifMatch: number | null`. */
export const IfMatch = createParamDecorator(
  (_unused: undefined, context: ExecutionContext): number | null =>
    readIfMatch(requestOf(context).headers['if-match']),
  [
    documented(
      ApiHeader({
        name: 'If-Match',
        required: false,
        description: 'The ETag the order must still have, such as "v3"; otherwise 412 VERSION_MISMATCH.',
        schema: { type: 'string' },
      }),
    ),
  ],
);

/** A UUID in the path, lower-case: `@UuidParam('orderId') orderId: string`. */
export function UuidParam(name: string): ParameterDecorator {
  const parameter = Param(name, UuidPipe);
  const documentation = documented(ApiParam({ name, schema: { type: 'string', format: 'uuid' } }));
  return (target, propertyKey, index) => {
    parameter(target, propertyKey, index);
    documentation(target, propertyKey, index);
  };
}
