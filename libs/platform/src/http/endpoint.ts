import { applyDecorators, SetMetadata, type CanActivate } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '@app/kernel';
import type { ServiceScope } from './caller.js';
import type { RateLimitName } from './rate-limit.js';

interface EndpointTraits {
  /** The codes of this route's own decisions; those that every route of its kind can give are added by themselves. */
  readonly errors?: readonly ErrorCode[];
  /** Keeps capacity under overload: what gives money or seats back must get through. */
  readonly reserved?: true;
}

export interface OpenEndpoint extends EndpointTraits {
  readonly audience: 'open';
}

export interface UserEndpoint extends EndpointTraits {
  readonly audience: 'user';
  readonly role?: 'admin';
  readonly rateLimit: Exclude<RateLimitName, 'service'>;
  /** True needs an Idempotency-Key. */
  readonly changes: boolean;
}

export interface ServiceEndpoint extends EndpointTraits {
  readonly audience: 'service';
  readonly scope: ServiceScope;
  readonly changes: boolean;
}

/** Who may call a route, what it counts against, and what it can answer. */
export type EndpointPolicy = OpenEndpoint | UserEndpoint | ServiceEndpoint;

const ENDPOINT_METADATA = 'order-service:endpoint';

/** In OpenAPI documents the policy travels under this name until `describeEndpoints` has turned it into plain OpenAPI. */
export const ENDPOINT_EXTENSION = 'x-endpoint';

declare module 'fastify' {
  interface FastifyContextConfig {
    endpoint?: EndpointPolicy;
  }
}

/**
 * The one line a route declares itself with. A handler without it keeps the service from starting.
 * The policy is kept on the handler (guards), on the Fastify route (hooks that run before the body is read) and in
 * the OpenAPI document.
 */
export function Endpoint(policy: EndpointPolicy): MethodDecorator {
  return applyDecorators(
    SetMetadata(ENDPOINT_METADATA, policy),
    RouteConfig({ endpoint: policy }),
    ApiExtension(ENDPOINT_EXTENSION, policy),
  );
}

type Handler = ReturnType<Parameters<CanActivate['canActivate']>[0]['getHandler']>;

/** The policy a handler declared, undefined when it declared none. */
export function endpointOf(handler: Handler): EndpointPolicy | undefined {
  const policy: unknown = Reflect.getMetadata(ENDPOINT_METADATA, handler);
  return policy as EndpointPolicy | undefined;
}

/** The window a route counts against; an open route counts against none. */
export function rateLimitOf(policy: EndpointPolicy): RateLimitName | undefined {
  if (policy.audience === 'open') return undefined;
  return policy.audience === 'service' ? 'service' : policy.rateLimit;
}

/** Health and metrics must answer exactly when everything else cannot; the documentation pages come with them. */
export function isAlwaysServed(policy: EndpointPolicy | undefined): boolean {
  return policy === undefined || policy.audience === 'open';
}

/** Served although ordinary requests are not any more. */
export function isKeptServed(policy: EndpointPolicy | undefined): boolean {
  return isAlwaysServed(policy) || policy?.reserved === true;
}
