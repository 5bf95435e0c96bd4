import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { AppError, isAppError } from '@app/kernel';
import type { Principal, UserPrincipal } from '../caller.js';
import { endpointOf, type EndpointPolicy, type UserEndpoint } from '../endpoint.js';
import { requestContext } from '../request-context.js';
import { authoriseService, type Identity } from './identity.js';

/** The route's own audience first: its verdict is the one that counts when both fail. */
const UserFirstGuard = AuthGuard(['user', 'service']);
const ServiceFirstGuard = AuthGuard(['service', 'user']);

/** What passport hands over when every strategy failed is the list of their reasons. */
function identityOrRefusal<T>(error: unknown, identity: T | false | null, failures: unknown): T {
  if (error instanceof Error) throw error;
  if (identity !== false && identity !== null && identity !== undefined) return identity;
  const [failure]: unknown[] = [failures].flat();
  if (isAppError(failure)) throw failure;
  throw new AppError('UNAUTHENTICATED', {}, { cause: failure });
}

class UserTokenGuard extends UserFirstGuard {
  override handleRequest<T>(error: unknown, identity: T | false, failures: unknown): T {
    return identityOrRefusal<T>(error, identity, failures);
  }
}

class ServiceTokenGuard extends ServiceFirstGuard {
  override handleRequest<T>(error: unknown, identity: T | false, failures: unknown): T {
    return identityOrRefusal<T>(error, identity, failures);
  }
}

/**
 * Lets a request through to a route whose `@Endpoint` line it fits, and leaves its caller in the request context.
 * A valid token of the other audience is FORBIDDEN, anything else that is not valid UNAUTHENTICATED.
 */
@Injectable()
export class AudienceGuard implements CanActivate {
  private readonly userTokens = new UserTokenGuard();
  private readonly serviceTokens = new ServiceTokenGuard();

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Messages bring their token in their own headers and are checked by their controllers.
    if (context.getType() !== 'http') return true;
    const policy = endpointOf(context.getHandler());
    if (policy === undefined) throw new AppError('FORBIDDEN', { reason: 'This route has no audience.' });
    if (policy.audience === 'open') return true;
    const tokens = policy.audience === 'user' ? this.userTokens : this.serviceTokens;
    await tokens.canActivate(context);
    const request = context.switchToHttp().getRequest<FastifyRequest & { user: Identity }>();
    const edge = requestContext(request);
    edge.caller = {
      principal: authorise(policy, request.user, request.headers['x-tenant-id']),
      requestId: edge.requestId,
      traceparent: edge.traceparent,
      deadlineAtMs: edge.deadlineAtMs,
      ...(policy.reserved === true ? { pool: 'reserved' } : {}),
    };
    return true;
  }
}

function authorise(
  policy: Exclude<EndpointPolicy, { audience: 'open' }>,
  identity: Identity,
  tenantHeader: string | string[] | undefined,
): Principal {
  if (policy.audience === 'user') {
    if (identity.kind === 'user') return authoriseUser(policy, identity);
    throw new AppError('FORBIDDEN', { reason: 'A service token does not open a public route.' });
  }
  if (identity.kind === 'service') {
    return authoriseService(identity, { scope: policy.scope, tenantHeader: [tenantHeader].flat()[0] });
  }
  throw new AppError('FORBIDDEN', { reason: 'A user token does not open an internal route.' });
}

function authoriseUser(policy: UserEndpoint, identity: Extract<Identity, { kind: 'user' }>): UserPrincipal {
  const { role } = identity;
  if (role === undefined) {
    throw new AppError('FORBIDDEN', { reason: 'The token grants neither the role customer nor admin.' });
  }
  if (policy.role === 'admin' && role !== 'admin') {
    throw new AppError('FORBIDDEN', { reason: 'This needs the role admin.' });
  }
  return { kind: 'user', tenantId: identity.tenantId, userId: identity.userId, role };
}
