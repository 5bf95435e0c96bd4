import {
  BadRequestException,
  ForbiddenException,
  ImATeapotException,
  MethodNotAllowedException,
  NotFoundException,
  PayloadTooLargeException,
  UnauthorizedException,
} from '@nestjs/common';
import { AppError } from '@app/kernel';
import { FencedOff } from '../database/fenced-off.js';
import { asRequestError } from './framework-errors.js';
import { problemAnswer } from './problem.js';

const request = { requestId: 'req-1', instance: '/api/v1/orders/1' };
const get = { method: 'GET', methodsAtPath: [], isWhole: true };

function frameworkError(statusCode: unknown): Error {
  return Object.assign(new Error('refused'), { name: 'FastifyError', statusCode });
}

describe('problem documents', () => {
  it('say what is true, what to do and what can be switched on', () => {
    const answer = problemAnswer(
      new AppError(
        'ORDER_STATE_CONFLICT',
        { currentStatus: 'EXPIRED', action: 'be reserved', hint: 'Create a new one.' },
        { members: { currentStatus: 'EXPIRED', allowedActions: [] } },
      ),
      request,
    );
    expect(answer.status).toBe(409);
    expect(answer.headers).toEqual({ 'Content-Type': 'application/problem+json; charset=utf-8' });
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:order-service:problem:ORDER_STATE_CONFLICT',
      title: "The order's state does not allow this",
      status: 409,
      detail: 'An order that is EXPIRED cannot be reserved. Create a new one.',
      instance: '/api/v1/orders/1',
      code: 'ORDER_STATE_CONFLICT',
      requestId: 'req-1',
      retryable: false,
      currentStatus: 'EXPIRED',
      allowedActions: [],
    });
  });

  it('carry Retry-After whenever they are retryable', () => {
    const answer = problemAnswer(new AppError('RATE_LIMITED', { retryAfterSeconds: 41.2 }), request);
    expect(answer.headers).toMatchObject({ 'Retry-After': '42' });
    expect(JSON.parse(answer.body)).toMatchObject({ retryable: true });
  });

  it('ask for a bearer token on 401', () => {
    expect(problemAnswer(new AppError('UNAUTHENTICATED'), request).headers).toMatchObject({
      'WWW-Authenticate': 'Bearer',
    });
  });

  it('show of a bug nothing but the request id', () => {
    const bug = new AppError(
      'MONEY_INVALID',
      {},
      { members: { sql: 'select secret' }, cause: new Error('secret') },
    );
    const answer = problemAnswer(bug, request);
    expect(answer.body).not.toContain('secret');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'INTERNAL', status: 500, requestId: 'req-1' });
  });

  it('cannot be overwritten by the members of an error', () => {
    const error = new AppError(
      'ORDER_BUSY',
      {},
      { members: { status: 200, code: 'OK', requestId: 'forged' } },
    );
    expect(JSON.parse(problemAnswer(error, request).body)).toMatchObject({
      status: 409,
      code: 'ORDER_BUSY',
      requestId: 'req-1',
    });
  });
});

describe('translating what was thrown', () => {
  it.each([
    [new NotFoundException('Cannot GET /x'), 'ROUTE_NOT_FOUND'],
    [new PayloadTooLargeException(), 'BODY_TOO_LARGE'],
    [new ImATeapotException(), 'INTERNAL'],
    [frameworkError(413), 'BODY_TOO_LARGE'],
    [frameworkError(415), 'UNSUPPORTED_MEDIA_TYPE'],
    [Object.assign(new Error('some library'), { statusCode: 400 }), 'INTERNAL'],
    [new BadRequestException(), 'VALIDATION_FAILED'],
    [new UnauthorizedException(), 'UNAUTHENTICATED'],
    [new ForbiddenException(), 'FORBIDDEN'],
    [new MethodNotAllowedException(), 'ROUTE_NOT_FOUND'],
    [new FencedOff('somebody else holds it'), 'ORDER_BUSY'],
    [frameworkError(404), 'ROUTE_NOT_FOUND'],
    [frameworkError(408), 'VALIDATION_FAILED'],
    [frameworkError(414), 'VALIDATION_FAILED'],
    [frameworkError(431), 'VALIDATION_FAILED'],
    [frameworkError('413'), 'INTERNAL'],
    [new TypeError('x is undefined'), 'INTERNAL'],
    ['a text', 'INTERNAL'],
    [undefined, 'INTERNAL'],
  ])('turns %s into %s', (thrown, code) => {
    expect(asRequestError(thrown, get).code).toBe(code);
  });

  it('takes a body that ended too early for the end of its client, and any other reset for a bug', () => {
    const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });

    expect(asRequestError(reset, { ...get, isWhole: false }).code).toBe('VALIDATION_FAILED');
    expect(asRequestError(reset, get).code).toBe('INTERNAL');
    expect(asRequestError(new Error('aborted'), { ...get, isWhole: false }).code).toBe('INTERNAL');
  });

  it('answers another method of a known address with the ones it has', () => {
    const error = asRequestError(new NotFoundException(), {
      method: 'PUT',
      methodsAtPath: ['GET', 'HEAD'],
      isWhole: true,
    });
    expect(error.code).toBe('METHOD_NOT_ALLOWED');
    expect(problemAnswer(error, request).headers).toMatchObject({ Allow: 'GET, HEAD' });
  });
});
