import { Inject, Injectable } from '@nestjs/common';
import type { RmqContext } from '@nestjs/microservices';
import { AppError, CLOCK, type Clock } from '@app/kernel';
import {
  REQUEST_DEADLINE_MS,
  TokenVerifiers,
  bearerTokenIn,
  ownTraceparent,
  parseIdempotencyKey,
  principalKey,
  requestFingerprint,
  rpcHeaders,
  rpcRequestId,
  type Caller,
  type IdempotencyRequest,
  type ServicePrincipal,
  type ServiceScope,
} from '@app/platform';

/** Who asks over RPC, by the headers of the message: the token is checked as over HTTP. */
@Injectable()
export class RpcCallers {
  constructor(
    private readonly verifiers: TokenVerifiers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws UNAUTHENTICATED, FORBIDDEN, TENANT_REQUIRED, UPSTREAM_UNAVAILABLE */
  async authorise(context: RmqContext, scope: ServiceScope): Promise<Caller<ServicePrincipal>> {
    const deadlineAtMs = this.clock.monotonicMs() + REQUEST_DEADLINE_MS;
    const headers = rpcHeaders(context);
    const token = bearerTokenIn(headers['authorization']);
    if (token === null) throw new AppError('UNAUTHENTICATED');
    const tenantHeader = textOf(headers['x-tenant-id']);
    return {
      principal: await this.verifiers.servicePrincipal(token, { scope, tenantHeader }),
      requestId: rpcRequestId(context),
      traceparent: ownTraceparent(textOf(headers['traceparent'])),
      deadlineAtMs,
    };
  }

  /**
   * The caller's intention. The fingerprint is that of the HTTP route, so a key means the same on both ways.
   * @throws IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID
   */
  intention(
    context: RmqContext,
    { principal }: Caller,
    request: { readonly path: string; readonly body: object },
  ): IdempotencyRequest {
    return {
      tenantId: principal.tenantId,
      principal: principalKey(principal),
      key: parseIdempotencyKey(rpcHeaders(context)['idempotency-key']),
      fingerprint: requestFingerprint({ method: 'POST', path: request.path, body: request.body }),
      path: request.path,
    };
  }
}

/** AMQP headers may hold anything; what is not text counts as missing. */
function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
