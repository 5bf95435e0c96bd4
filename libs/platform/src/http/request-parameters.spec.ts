import { Controller, Get, Logger, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createEdgeApp } from '../../../../test/support/edge-app.js';
import { upstreamConfig } from '../../../../test/support/fake-sibling.js';
import type { IdempotencyRequest } from '../idempotency/idempotency-request.js';
import type { Caller } from './caller.js';
import { Endpoint } from './endpoint.js';
import { CurrentCaller, Idempotent, IfMatch, UuidParam } from './request-parameters.js';

@Controller('careless')
class CarelessController {
  @Get('caller')
  @Endpoint({ audience: 'open' })
  caller(@CurrentCaller() caller: Caller): string {
    return caller.requestId;
  }

  @Post('change')
  @Endpoint({ audience: 'open' })
  change(@Idempotent() idempotency: IdempotencyRequest): string {
    return idempotency.key;
  }

  @Get('version')
  @Endpoint({ audience: 'open' })
  version(@IfMatch() ifMatch: number | null): { ifMatch: number | null } {
    return { ifMatch };
  }
}

describe('what a route may ask of its request', () => {
  const failed = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const config = upstreamConfig('http://127.0.0.1:9', { LOG_LEVEL: 'silent' });
    app = await createEdgeApp(config, { controllers: [CarelessController] });
    await app.init();
  });

  afterAll(async () => {
    failed.mockRestore();
    await app.close();
  });

  it.each([
    ['GET', '/careless/caller', 'An open route has no caller.'],
    ['POST', '/careless/change', 'The route does not declare that it changes something.'],
  ] as const)('is a bug, told to the operator alone, when %s %s has none', async (method, url, message) => {
    const answer = await app.inject({ method, url });

    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'INTERNAL' });
    expect(answer.body).not.toContain(message);
    const lines: unknown = failed.mock.lastCall?.[0];
    expect(lines).toMatchObject({ err: { message } });
  });

  it('is the version that the client insists on, on every route', async () => {
    const answer = await app.inject({ url: '/careless/version', headers: { 'if-match': '"v3"' } });
    expect(answer.json()).toEqual({ ifMatch: 3 });
  });

  it('needs a method that the documentation can name', () => {
    class Described {
      show(): string {
        return 'shown';
      }
    }
    const document = UuidParam('orderId');

    document(Described, undefined, 0);
    document(Described.prototype, 'missing', 0);
    expect(described(Described.prototype, 'show')).toEqual([]);

    document(Described.prototype, 'show', 0);
    expect(described(Described.prototype, 'show')).toEqual(['orderId']);
  });
});

/** The path parameters that the OpenAPI document will show of a method. */
function described(prototype: object, method: string): unknown[] {
  const handler: unknown = Object.getOwnPropertyDescriptor(prototype, method)?.value;
  if (typeof handler !== 'function') return [];
  const parameters: unknown = Reflect.getMetadata('swagger/apiParameters', handler);
  return Array.isArray(parameters) ? parameters.map((parameter: { name: unknown }) => parameter.name) : [];
}
