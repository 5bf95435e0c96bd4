import { Inject, Injectable } from '@nestjs/common';
import type { RmqContext } from '@nestjs/microservices';
import { AppError, CLOCK, isAppError, isUuid, type Clock } from '@app/kernel';
import { RecordRefusal } from '@app/orders';
import {
  REQUEST_DEADLINE_MS,
  TokenVerifiers,
  authoriseService,
  bearerTokenIn,
  ownTraceparent,
  parseIdempotencyKey,
  principalKey,
  refusedOf,
  requestFingerprint,
  readPacket,
  rpcHeaders,
  rpcRequestId,
  type Attempt,
  type Caller,
  type IdempotencyRequest,
  type ServicePrincipal,
  type ServiceScope,
} from '@app/platform';

/** What a pattern of the RPC queue asks of its caller. */
export interface RpcRule {
  readonly scope: ServiceScope;
  /** False for a look. */
  readonly changes: boolean;
}

/** Who asks over RPC, by the headers of the message: the token is checked as over HTTP. */
@Injectable()
export class RpcCallers {
  constructor(
    private readonly verifiers: TokenVerifiers,
    private readonly refusals: RecordRefusal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Answers a question of a service that may ask it. What is refused, or fails, goes into the audit log as over HTTP.
   * @throws UNAUTHENTICATED, FORBIDDEN, TENANT_REQUIRED, UPSTREAM_UNAVAILABLE; whatever `work` throws
   */
  async answer<T>(
    context: RmqContext,
    { scope, changes }: RpcRule,
    work: (caller: Caller<ServicePrincipal>) => Promise<T>,
  ): Promise<T> {
    const deadlineAtMs = this.clock.monotonicMs() + REQUEST_DEADLINE_MS;
    const headers = rpcHeaders(context);
    const requestId = rpcRequestId(context);
    const token = bearerTokenIn(headers['authorization']);
    if (token === null) throw new AppError('UNAUTHENTICATED');
    const identity = await this.verifiers.serviceIdentity(token);
    const tenantHeader = textOf(headers['x-tenant-id']);
    try {
      return await work({
        principal: authoriseService(identity, { scope, tenantHeader }),
        requestId,
        traceparent: ownTraceparent(textOf(headers['traceparent'])),
        deadlineAtMs,
      });
    } catch (error) {
      const action = `RPC ${context.getPattern()}`;
      this.keep(error, { identity, tenantHeader, action, subject: subjectOf(context), changes, requestId });
      throw error;
    }
  }

  private keep(error: unknown, attempt: Attempt): void {
    const refused = refusedOf(isAppError(error) ? error : new AppError('INTERNAL'), attempt);
    if (refused !== undefined) this.refusals.record(refused);
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

/** The order that was asked about; the pattern where none was. */
function subjectOf(context: RmqContext): string {
  const { content } = context.getMessage() as { readonly content: Buffer };
  const { data } = readPacket(content);
  const orderId: unknown =
    typeof data === 'object' && data !== null ? Reflect.get(data, 'orderId') : undefined;
  return isUuid(orderId) ? orderId : context.getPattern();
}
