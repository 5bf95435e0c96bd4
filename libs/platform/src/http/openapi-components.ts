import type { OpenAPIObject } from '@nestjs/swagger';
import { ERROR_CODES, errorRow, type ErrorCode } from '@app/kernel';
import { PROBLEM_MEDIA_TYPE } from './problem.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Responses = OpenAPIObject['paths'][string]['get'] extends infer Operation | undefined
  ? Operation extends { responses: infer R }
    ? R
    : never
  : never;
export type ResponseDescription = Responses[string];

const text = { type: 'string' } as const;

export const HEADER_COMPONENTS: NonNullable<Components['headers']> = {
  'X-Request-Id': { description: "The caller's request id, or one of ours.", schema: text },
  'Cache-Control': { description: 'no-store: what concerns an order is never cached.', schema: text },
  'Retry-After': {
    description: 'Seconds after which sending the request again can help.',
    schema: { type: 'integer' },
  },
  'WWW-Authenticate': { description: 'Bearer', schema: text },
  RateLimit: { description: 'What is left of the window: "create";r=9;t=42', schema: text },
  'RateLimit-Policy': { description: 'The window: "create";q=10;w=60', schema: text },
  'Idempotency-Replayed': {
    description: 'true when this answer was given before under the same key.',
    schema: text,
  },
  ETag: { description: 'The version of the order: "v3"', schema: text },
  Location: { description: 'Where what was created can be read.', schema: text },
};

/** For the `headers` of a documented response: `headersOf('ETag', 'Location')`. */
export function headersOf(...names: string[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

export const PARAMETER_COMPONENTS: NonNullable<Components['parameters']> = {
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description: 'Echoed in the answer and kept in our logs; replaced when it is not fit.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C Trace Context; the trace is continued.',
    schema: text,
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'A new UUID for each new intention, the same one when the request is repeated.',
    schema: { type: 'string', format: 'uuid' },
  },
  TenantId: {
    name: 'X-Tenant-Id',
    in: 'header',
    required: false,
    description: 'The tenant, when the token names none.',
    schema: { type: 'string', format: 'uuid' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The ETag you have; 304 when it is still current.',
    schema: text,
  },
};

const fieldError = {
  type: 'object',
  description: 'Where the request is wrong: one of pointer, parameter and header.',
  required: ['code', 'detail'],
  properties: {
    pointer: { ...text, description: 'JSON pointer into the body.' },
    parameter: { ...text, description: 'Name of a path or query parameter.' },
    header: { ...text, description: 'Name of a header.' },
    code: text,
    detail: text,
  },
} as const;

export const SCHEMA_COMPONENTS: NonNullable<Components['schemas']> = {
  FieldError: { ...fieldError, required: [...fieldError.required] },
  Problem: {
    type: 'object',
    description: 'RFC 9457 problem document. Switch on code.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId', 'retryable'],
    properties: {
      type: { ...text, format: 'uri' },
      title: text,
      status: { type: 'integer' },
      detail: text,
      instance: { ...text, description: 'Path of the request.' },
      code: {
        ...text,
        enum: ERROR_CODES.filter((code) => code === 'INTERNAL' || errorRow(code).kind !== 'bug'),
      },
      requestId: text,
      retryable: { type: 'boolean', description: 'True when sending the same request again can help.' },
      errors: { type: 'array', items: { $ref: '#/components/schemas/FieldError' } },
      currentStatus: { ...text, description: 'State conflicts: the status of the order.' },
      allowedActions: { type: 'array', items: text, description: 'State conflicts: what can be done now.' },
      upstream: { ...text, description: 'UPSTREAM_UNAVAILABLE: which service.' },
    },
    additionalProperties: true,
  },
};

/**
 * One response per status, with all codes that come with it.
 * @param alsoHeaders what the route adds to the headers that the codes bring themselves
 */
export function problemResponses(
  codes: Iterable<ErrorCode>,
  alsoHeaders: (codes: readonly ErrorCode[]) => readonly string[],
): Record<string, ResponseDescription> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errorRow(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [String(status), problemResponse(group, alsoHeaders(group))]),
  );
}

function problemResponse(codes: readonly ErrorCode[], alsoHeaders: readonly string[]): ResponseDescription {
  const headers = ['X-Request-Id'];
  if (codes.some((code) => errorRow(code).retryAfterSeconds !== undefined)) headers.push('Retry-After');
  if (codes.includes('UNAUTHENTICATED')) headers.push('WWW-Authenticate');
  return {
    description: codes.map((code) => `${code}: ${errorRow(code).title}`).join('. '),
    headers: headersOf(...headers, ...alsoHeaders),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
          ],
        },
      },
    },
  };
}
