import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { isUuid } from '@app/kernel';
import type { OperationName, ServiceName } from '../faults/fault-names.js';
import { singleHeader, type SandboxRequest } from './http-types.js';
import { validationFailed } from './refusal.js';

const SERVICE = 'sandbox:service';
const OPERATION = 'sandbox:operation';

/** Names the sibling whose routes a controller plays. */
export const Sibling = (service: ServiceName): ClassDecorator => SetMetadata(SERVICE, service);

/** Names the operation of a route as faults and ledger call it. */
export const Operation = (operation: OperationName): MethodDecorator => SetMetadata(OPERATION, operation);

export function siblingOf(reflector: Reflector, context: ExecutionContext): ServiceName | undefined {
  return reflector.get<ServiceName | undefined>(SERVICE, context.getClass());
}

export function operationOf(reflector: Reflector, context: ExecutionContext): OperationName | undefined {
  return reflector.get<OperationName | undefined>(OPERATION, context.getHandler());
}

/** What the headers of a sibling call say about it. */
export interface Call {
  readonly tenantId: string;
  readonly key: string | null;
  /** How long a latency fault makes an operation wait that decides itself when; 0 without a fault. */
  readonly latencyMs: number;
}

const KEY_LENGTH_MAX = 255;

function tenantIdOf(request: SandboxRequest): string | undefined {
  const tenantId = singleHeader(request, 'x-tenant-id');
  if (tenantId !== undefined && !isUuid(tenantId)) throw validationFailed('X-Tenant-Id must be a UUID.');
  return tenantId?.toLowerCase();
}

/** Injects the call of a route that works for one tenant; without X-Tenant-Id it is answered 400. */
export const SiblingCall = createParamDecorator((_options: unknown, context: ExecutionContext): Call => {
  const request = context.switchToHttp().getRequest<SandboxRequest>();
  const tenantId = tenantIdOf(request);
  if (tenantId === undefined) throw validationFailed('The header X-Tenant-Id is missing.');
  const key = singleHeader(request, 'idempotency-key') ?? null;
  if (key !== null && key.length > KEY_LENGTH_MAX) throw validationFailed('Idempotency-Key is too long.');
  return { tenantId, key, latencyMs: request.latencyMs ?? 0 };
});

/** Injects the tenant of a list that reconciliation may read across tenants; null when it does. */
export const ListTenant = createParamDecorator(
  (_options: unknown, context: ExecutionContext): string | null => {
    return tenantIdOf(context.switchToHttp().getRequest<SandboxRequest>()) ?? null;
  },
);
