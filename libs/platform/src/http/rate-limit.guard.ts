import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '@app/kernel';
import { CONFIG, type Config } from '../config/config-table.js';
import { principalKey } from './caller.js';
import { endpointOf, rateLimitOf } from './endpoint.js';
import { RATE_LIMIT_WINDOW_SECONDS, RATE_LIMITER, type RateLimiter } from './rate-limit.js';
import { requestContext } from './request-context.js';

/**
 * Counts the request against its caller's window and tells the caller where the window stands
 * (draft-ietf-httpapi-ratelimit-headers). Runs after the audience guard, which finds out who calls.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || !this.config.RATE_LIMIT_ENABLED) return true;
    const policy = endpointOf(context.getHandler());
    const limitName = policy === undefined ? undefined : rateLimitOf(policy);
    const { caller } = requestContext(context.switchToHttp().getRequest<FastifyRequest>());
    if (limitName === undefined || caller === undefined) return true;
    const { principal } = caller;
    const verdict = await this.limiter.take(limitName, `${principal.tenantId}:${principalKey(principal)}`);
    const retryAfterSeconds = Math.max(1, Math.ceil(verdict.resetSeconds));
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .header('RateLimit-Policy', `"${limitName}";q=${verdict.limit};w=${RATE_LIMIT_WINDOW_SECONDS}`)
      .header('RateLimit', `"${limitName}";r=${Math.max(0, verdict.remaining)};t=${retryAfterSeconds}`);
    if (!verdict.allowed) throw new AppError('RATE_LIMITED', { retryAfterSeconds });
    return true;
  }
}
