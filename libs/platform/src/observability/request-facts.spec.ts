import type { Principal } from '../http/caller.js';
import { requestFacts, type ServedRequest } from './request-facts.js';

function served(
  options: { url?: string; status?: number; isAnswered?: boolean; principal?: Principal } = {},
): ServedRequest {
  const { url = '/api/v1/orders/:orderId', status = 200, isAnswered = true, principal } = options;
  return {
    request: {
      id: 'r-1',
      method: 'GET',
      is404: options.url === '',
      routeOptions: { method: 'GET', url },
      ...(principal === undefined
        ? {}
        : {
            edge: {
              requestId: 'r-1',
              traceparent: '',
              deadlineAtMs: 0,
              caller: { principal, requestId: 'r-1', deadlineAtMs: 0 },
            },
          }),
    } as unknown as ServedRequest['request'],
    status,
    isAnswered,
    durationMs: 12.345,
  };
}

describe('the line of a request', () => {
  it('names the route by its pattern and the caller by tenant and kind only', () => {
    const principal: Principal = { kind: 'user', tenantId: 'tenant', userId: 'user', role: 'customer' };

    expect(requestFacts(served({ principal })).facts).toEqual({
      method: 'GET',
      route: '/api/v1/orders/:orderId',
      status: 200,
      durationMs: 12.3,
      requestId: 'r-1',
      tenantId: 'tenant',
      principal: 'user',
    });
  });

  it('does not repeat an address nobody answers at', () => {
    expect(requestFacts(served({ url: '', status: 404 })).facts.route).toBe('none');
  });

  it('notes 499 when the client went away first', () => {
    expect(requestFacts(served({ isAnswered: false })).facts.status).toBe(499);
  });

  it.each([
    [200, 'info'],
    [404, 'info'],
    [409, 'info'],
    [503, 'warn'],
    [500, 'error'],
  ] as const)('logs status %i as %s', (status, level) => {
    expect(requestFacts(served({ status })).level).toBe(level);
  });

  it.each(['/health', '/health/ready', '/metrics'])('keeps %s quiet, also while it answers 503', (url) => {
    expect(requestFacts(served({ url })).level).toBe('debug');
    expect(requestFacts(served({ url, status: 503 })).level).toBe('debug');
  });
});
