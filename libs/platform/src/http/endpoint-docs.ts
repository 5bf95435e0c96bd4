import type { OpenAPIObject } from '@nestjs/swagger';
import { errorRow, type ErrorCode } from '@app/kernel';
import { ENDPOINT_EXTENSION, type EndpointPolicy } from './endpoint.js';
import { headersOf, problemResponses } from './openapi-components.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** Turns the policy each operation carries into security, headers and error responses. Changes `document`. */
export function describeEndpoints(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation !== undefined) describeOperation(operation, method);
    }
  }
}

function describeOperation(
  operation: Operation & { [ENDPOINT_EXTENSION]?: EndpointPolicy },
  method: string,
): void {
  const policy = operation[ENDPOINT_EXTENSION];
  if (policy === undefined) return;
  Reflect.deleteProperty(operation, ENDPOINT_EXTENSION);
  const hasETag = method === 'get' && Object.hasOwn(headersIn(operation.responses['200']), 'ETag');
  for (const response of Object.values(operation.responses)) {
    if (response !== undefined && !('$ref' in response)) {
      response.headers = { ...headersOf(...answerHeaders(policy)), ...response.headers };
    }
  }
  if (hasETag)
    operation.responses['304'] = { description: 'You have the current version.', headers: headersOf('ETag') };
  const problems = problemResponses(codesOf(policy, method), refusalHeaders(policy));
  operation.responses = { ...operation.responses, ...problems };
  operation.security = securityOf(policy);
  const parameters = [...parametersOf(policy), ...(hasETag ? ['IfNoneMatch'] : [])];
  operation.parameters = [
    ...(operation.parameters ?? []),
    ...parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

function headersIn(response: Operation['responses'][string]): object {
  return (response !== undefined && 'headers' in response ? response.headers : undefined) ?? {};
}

/** What every successful answer of the route carries. */
function answerHeaders(policy: EndpointPolicy): string[] {
  if (policy.audience === 'open') return ['X-Request-Id', 'Cache-Control'];
  return [
    'X-Request-Id',
    'Cache-Control',
    'RateLimit',
    'RateLimit-Policy',
    ...(policy.changes ? ['Idempotency-Replayed'] : []),
  ];
}

/** What a refusal can carry besides its own: strangers are not counted, and only a stored refusal is replayed. */
function refusalHeaders(policy: EndpointPolicy): (codes: readonly ErrorCode[]) => readonly string[] {
  if (policy.audience === 'open') return () => ['Cache-Control'];
  const isStored = (code: ErrorCode): boolean => policy.changes && errorRow(code).replay === 'stored';
  return (codes) => [
    'Cache-Control',
    ...(codes.includes('UNAUTHENTICATED') ? [] : ['RateLimit', 'RateLimit-Policy']),
    ...(codes.some(isStored) ? ['Idempotency-Replayed'] : []),
  ];
}

function parametersOf(policy: EndpointPolicy): string[] {
  if (policy.audience === 'open') return ['RequestId'];
  return [
    ...(policy.changes ? ['IdempotencyKey'] : []),
    ...(policy.audience === 'service' ? ['TenantId'] : []),
    'RequestId',
    'Traceparent',
  ];
}

/** In OpenAPI 3.1 the list names the roles or scopes that are needed, for every kind of scheme. */
function securityOf(policy: EndpointPolicy): Record<string, string[]>[] {
  if (policy.audience === 'open') return [];
  if (policy.audience === 'service') return [{ service: [policy.scope] }];
  return [{ user: policy.role === undefined ? [] : [policy.role] }];
}

const CODES_OF_EVERY_ROUTE = [
  'VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL',
  'UPSTREAM_UNAVAILABLE',
  'OVERLOADED',
  'SHUTTING_DOWN',
] as const satisfies readonly ErrorCode[];

const CODES_OF_BODIES = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;

const CODES_OF_CHANGES = [
  'IDEMPOTENCY_KEY_MISSING',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_KEY_IN_USE',
  'IDEMPOTENCY_KEY_REUSED',
] as const satisfies readonly ErrorCode[];

function codesOf(policy: EndpointPolicy, method: string): ErrorCode[] {
  const own = policy.errors ?? [];
  if (policy.audience === 'open') return [...own];
  return [
    ...CODES_OF_EVERY_ROUTE,
    ...(policy.audience === 'service' ? (['TENANT_REQUIRED'] as const) : []),
    ...(method === 'get' ? [] : CODES_OF_BODIES),
    ...(policy.changes ? CODES_OF_CHANGES : []),
    ...own,
  ];
}
