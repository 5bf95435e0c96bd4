import { Logger, type ArgumentsHost } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AppError } from '@app/kernel';
import { TokenRefused } from './auth/token-rules.js';
import type { EndpointPolicy } from './endpoint.js';
import { ProblemFilter } from './problem.filter.js';
import { RouteTable } from './route-table.js';

const admins: EndpointPolicy = { audience: 'user', role: 'admin', rateLimit: 'create', changes: true };
const buyers: EndpointPolicy = { audience: 'user', rateLimit: 'read', changes: false };
const filter = new ProblemFilter(new RouteTable());

class FakeReply {
  sent = false;
  code = 0;
  body = '';

  status(code: number): this {
    this.code = code;
    return this;
  }

  headers(): this {
    return this;
  }

  send(body: string): void {
    this.body = body;
  }
}

function requestOn(endpoint: EndpointPolicy | undefined, url: string | undefined): object {
  return {
    method: 'POST',
    id: 'req-1',
    url: '/api/v1/promo-codes?x=1',
    headers: {},
    raw: { complete: true },
    routeOptions: { url, config: { endpoint } },
  };
}

function hostOf(reply: FakeReply, endpoint?: EndpointPolicy, url?: string): ArgumentsHost {
  return new ExecutionContextHost([requestOn(endpoint, url), reply]);
}

describe('the answer to a request that failed', () => {
  const logged = jest.spyOn(Logger.prototype, 'log').mockReturnValue();
  const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const failed = jest.spyOn(Logger.prototype, 'error').mockReturnValue();

  beforeEach(() => {
    for (const spy of [logged, warned, failed]) spy.mockClear();
  });

  afterAll(() => {
    jest.restoreAllMocks();
  });

  it('is the problem document of what was thrown', () => {
    const reply = new FakeReply();
    filter.catch(new AppError('ORDER_BUSY'), hostOf(reply));

    expect(reply.code).toBe(409);
    expect(JSON.parse(reply.body)).toMatchObject({
      code: 'ORDER_BUSY',
      requestId: 'req-1',
      instance: '/api/v1/promo-codes',
    });
    expect(failed).not.toHaveBeenCalled();
  });

  it('is not sent a second time when the deadline answered first', () => {
    const reply = new FakeReply();
    reply.sent = true;
    filter.catch(new AppError('ORDER_BUSY'), hostOf(reply));

    expect(reply).toMatchObject({ code: 0, body: '' });
  });

  it('leaves a message, which has no HTTP answer, to its own error channel', () => {
    const host = new ExecutionContextHost([{}]);
    host.setType('rpc');
    const thrown = new AppError('ORDER_BUSY');

    expect(() => {
      filter.catch(thrown, host);
    }).toThrow(thrown);
  });

  it('is logged as a bug when it is ours, as a warning when a sibling is away', () => {
    const bug = new TypeError('x is undefined');
    const away = new AppError('UPSTREAM_UNAVAILABLE', { upstream: 'ticket-service' });
    filter.catch(bug, hostOf(new FakeReply()));
    filter.catch(away, hostOf(new FakeReply()));

    expect(failed).toHaveBeenCalledWith(
      { requestId: 'req-1', code: 'INTERNAL', err: bug },
      expect.stringContaining('bug'),
    );
    expect(warned).toHaveBeenCalledWith(
      { requestId: 'req-1', code: 'UPSTREAM_UNAVAILABLE', err: away },
      expect.stringContaining('away'),
    );
  });

  const expired = Object.assign(new Error('"exp" claim: secret'), { code: 'ERR_JWT_EXPIRED' });
  it.each([
    ['that brings no token', undefined, 'NO_TOKEN'],
    ['whose token has run out', new TokenRefused('not valid', { cause: expired }), 'ERR_JWT_EXPIRED'],
    ['whose token is too long', new TokenRefused('The token is too long: secret'), 'TokenRefused'],
    [
      'whose error has a number as its code',
      Object.assign(new RangeError('secret'), { code: 7 }),
      'RangeError',
    ],
  ])('names in the log a stranger %s, without quoting the token', (_name, cause, reason) => {
    const error = new AppError('UNAUTHENTICATED', {}, { cause });
    filter.catch(error, hostOf(new FakeReply(), admins, '/api/v1/promo-codes'));

    expect(logged.mock.calls).toEqual([
      [
        {
          requestId: 'req-1',
          action: 'POST /api/v1/promo-codes',
          actor: 'unauthenticated',
          code: 'UNAUTHENTICATED',
          reason,
        },
        'A stranger was refused a privileged action',
      ],
    ]);
  });

  it('names the method alone where the request met no route pattern', () => {
    filter.catch(new AppError('UNAUTHENTICATED'), hostOf(new FakeReply(), admins));

    expect(logged).toHaveBeenCalledWith(
      expect.objectContaining({ action: 'POST ' }),
      expect.stringContaining('stranger'),
    );
  });

  it.each([
    ['on a route of buyers', new AppError('UNAUTHENTICATED'), buyers],
    ['at an unknown address', new AppError('UNAUTHENTICATED'), undefined],
    ['for another reason', new AppError('ORDER_BUSY'), admins],
  ])('says nothing of a stranger who was refused %s', (_name, error, endpoint) => {
    filter.catch(error, hostOf(new FakeReply(), endpoint, '/api/v1/orders'));

    expect(logged).not.toHaveBeenCalled();
  });
});
