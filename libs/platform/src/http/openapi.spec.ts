import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createEdgeApp } from '../../../../test/support/edge-app.js';
import { upstreamConfig } from '../../../../test/support/fake-sibling.js';
import { newSigningKey, publicPem } from '../../../../test/support/token-issuer.js';
import { serveDocs } from './openapi.js';

const pem = publicPem(newSigningKey('EdDSA'));
const config = upstreamConfig('http://127.0.0.1:9', {
  AUTH_PUBLIC_KEY: pem,
  SERVICE_PUBLIC_KEY: pem,
  AUTH_SERVICE_URL: '',
});

interface Operation {
  readonly operationId: string;
  readonly security: unknown;
  readonly parameters: readonly {
    readonly name?: string;
    readonly $ref?: string;
    readonly schema?: unknown;
  }[];
  readonly responses: Record<string, { readonly description: string; readonly headers: object } | undefined>;
}

describe('the OpenAPI document', () => {
  let app: NestFastifyApplication;
  let document: {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, Operation | undefined> | undefined>;
    readonly components: {
      readonly schemas: Record<
        string,
        { readonly properties: Record<string, { enum?: string[] }> } | undefined
      >;
    };
  };

  beforeAll(async () => {
    app = await createEdgeApp(config);
    serveDocs(app, { version: '1.2.3' });
    await app.init();
    const answer = await app.inject({ method: 'GET', url: '/openapi.json' });
    document = answer.json();
  });

  afterAll(() => app.close());

  it('is OpenAPI 3.1, and Swagger UI shows it', async () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'order-service', version: '1.2.3' } });
    for (const url of ['/docs', '/docs/swagger-ui-init.js', '/docs/swagger-ui.css']) {
      expect((await app.inject({ method: 'GET', url })).statusCode).toBe(200);
    }
  });

  it('tells of a changing user route its key, its security and every error it can give', () => {
    const create = document.paths['/api/v1/things']?.['post'];
    expect(create).toMatchObject({ operationId: 'things_create', security: [{ user: [] }] });
    expect(create?.parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(Object.keys(create?.responses ?? {})).toEqual(
      expect.arrayContaining(['400', '401', '403', '409', '413', '415', '422', '429', '500', '503']),
    );
    expect(create?.responses['409']?.description).toContain('PRICE_CHANGED');
    expect(create?.responses['429']?.headers).toHaveProperty('Retry-After');
    expect(create?.responses['401']?.headers).toHaveProperty('WWW-Authenticate');
  });

  it('tells of an internal route its scope and tenant, of an admin route its role, of an open route nothing', () => {
    const confirm = document.paths['/internal/v1/things']?.['post'];
    expect(confirm?.security).toEqual([{ service: ['orders:confirm'] }]);
    expect(confirm?.parameters).toContainEqual({ $ref: '#/components/parameters/TenantId' });
    expect(document.paths['/api/v1/things/admin']?.['get']?.security).toEqual([{ user: ['admin'] }]);
    expect(document.paths['/health/live']?.['get']?.security).toEqual([]);
  });

  it('tells that a path id is a UUID and where If-Match counts', () => {
    const cancel = document.paths['/api/v1/things/{thingId}/cancel']?.['post'];
    expect(cancel?.parameters).toContainEqual(
      expect.objectContaining({ name: 'thingId', schema: { type: 'string', format: 'uuid' } }),
    );
    expect(cancel?.parameters).toContainEqual(expect.objectContaining({ name: 'If-Match' }));
  });

  it('lists the codes a client can meet, and leaves nothing of its own notes behind', () => {
    const codes = document.components.schemas['Problem']?.properties['code']?.enum;
    expect(codes).toEqual(expect.arrayContaining(['ORDER_NOT_FOUND', 'INTERNAL']));
    expect(codes).not.toContain('MONEY_INVALID');
    expect(JSON.stringify(document)).not.toContain('x-endpoint');
  });
});
