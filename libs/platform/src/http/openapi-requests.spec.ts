import type { OpenAPIObject } from '@nestjs/swagger';
import { describeRequests, withWholeNumbers } from './openapi-requests.js';

function documentWith(schema: object): OpenAPIObject {
  return {
    openapi: '3.1.0',
    info: { title: 'test', version: '1' },
    components: { schemas: { Wish: schema, Inner: { type: 'object', properties: {} } } },
    paths: {
      '/wishes': {
        post: {
          parameters: [
            { name: 'limit', in: 'query', required: true, schema: { type: 'number', default: 20 } },
            { name: 'id', in: 'query', required: true, schema: { type: 'string' } },
          ],
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Wish' } } },
          },
          responses: {},
        },
      },
    },
  };
}

describe('describeRequests', () => {
  it('lets a parameter with a default be left out, and no other', () => {
    const document = documentWith({ type: 'object' });
    describeRequests(document);
    expect(document.paths['/wishes']?.post?.parameters).toMatchObject([
      { name: 'limit', required: false },
      { name: 'id', required: true },
    ]);
  });

  it('lets a body without required members be missing', () => {
    const [optional, needed] = [documentWith({ type: 'object' }), documentWith({ required: ['a'] })];
    describeRequests(optional);
    describeRequests(needed);
    expect(optional.paths['/wishes']?.post?.requestBody).toMatchObject({ required: false });
    expect(needed.paths['/wishes']?.post?.requestBody).toMatchObject({ required: true });
  });

  it('lets a member with a default be left out, and no other', () => {
    const document = documentWith({
      type: 'object',
      required: ['reason', 'refundsTax'],
      properties: { reason: { type: 'string' }, refundsTax: { type: 'boolean', default: true } },
    });
    describeRequests(document);
    expect(document.components?.schemas?.['Wish']).toMatchObject({ required: ['reason'] });
  });

  it('closes the schemas of a body, also nested ones', () => {
    const document = documentWith({
      type: 'object',
      properties: { inner: { $ref: '#/components/schemas/Inner' } },
    });
    describeRequests(document);
    expect(document.components?.schemas).toMatchObject({
      Wish: { additionalProperties: false },
      Inner: { additionalProperties: false },
    });
  });
});

describe('withWholeNumbers', () => {
  it('calls every number an integer', () => {
    expect(withWholeNumbers({ a: [{ type: 'number', minimum: 1 }], type: 'string' })).toEqual({
      a: [{ type: 'integer', minimum: 1 }],
      type: 'string',
    });
  });
});
