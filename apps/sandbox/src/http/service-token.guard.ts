import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServiceTokenCheck } from '../auth/service-token-check.js';
import { singleHeader, type SandboxRequest } from './http-types.js';
import { siblingOf } from './sibling-call.js';

/** Only order-service may call the siblings; auth-service publishes its keys to everybody. */
@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: ServiceTokenCheck,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const service = siblingOf(this.reflector, context);
    if (service === undefined || service === 'auth-service') return true;
    const request = context.switchToHttp().getRequest<SandboxRequest>();
    return this.tokens.admit(singleHeader(request, 'authorization'), service);
  }
}
