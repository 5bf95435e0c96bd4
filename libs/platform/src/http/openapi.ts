import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { describeEndpoints } from './endpoint-docs.js';
import { withNullTypes } from './openapi-nullable.js';
import { describeRequests, withWholeNumbers } from './openapi-requests.js';
import { HEADER_COMPONENTS, PARAMETER_COMPONENTS, SCHEMA_COMPONENTS } from './openapi-components.js';

export { headersOf } from './openapi-components.js';

const DESCRIPTION = `Orders for event tickets: create, reserve, pay, cancel, refund.

Money is an integer number of minor units beside a currency. Everything under /api and /internal that changes
something needs an Idempotency-Key. Errors are RFC 9457 problem documents: switch on \`code\`, and when \`retryable\`
is true send the same request again after Retry-After.`;

/**
 * The OpenAPI 3.1 description of every route of `app`. Complete only in built code: the compiler plugin that reads
 * the request and response classes does not run under Jest.
 */
export function buildOpenApiDocument(
  app: INestApplication,
  about: { readonly version: string },
): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('order-service')
    .setDescription(DESCRIPTION)
    .setVersion(about.version)
    .addServer('/', 'This server')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'type "access"' },
      'user',
    )
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'type "service"' },
      'service',
    )
    .build();
  const document = SwaggerModule.createDocument(app, outline, { operationIdFactory: operationId });
  document.components = {
    ...document.components,
    headers: { ...document.components?.headers, ...HEADER_COMPONENTS },
    parameters: { ...document.components?.parameters, ...PARAMETER_COMPONENTS },
    schemas: { ...document.components?.schemas, ...SCHEMA_COMPONENTS },
  };
  describeEndpoints(document);
  describeRequests(document);
  return withWholeNumbers(withNullTypes(document)) as OpenAPIObject;
}

/** Serves Swagger UI at /docs and the document at /openapi.json, built when it is first asked for. */
export function serveDocs(app: INestApplication, about: { readonly version: string }): void {
  SwaggerModule.setup('docs', app, () => buildOpenApiDocument(app, about), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'order-service',
  });
}

/** `OrdersController.create` → `orders_create`. */
function operationId(controller: string, method: string): string {
  const subject = controller.replace(/Controller$/, '');
  return `${subject.charAt(0).toLowerCase()}${subject.slice(1)}_${method}`;
}
