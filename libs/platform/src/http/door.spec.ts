import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { eventually } from '../../../../test/support/eventually.js';
import { Metrics } from '../observability/metrics.js';
import type { Admission } from './admission.js';
import { Door } from './door.js';
import type { EndpointPolicy } from './endpoint.js';
import { Lifecycle } from './lifecycle.js';
import { RouteTable } from './route-table.js';

const ORDINARY: EndpointPolicy = { audience: 'user', rateLimit: 'create', changes: true };
const RESERVED: EndpointPolicy = { audience: 'user', rateLimit: 'cancel', changes: true, reserved: true };
const OPEN: EndpointPolicy = { audience: 'open' };

const routes = new RouteTable();
for (const [method, url, endpoint] of [
  ['POST', '/orders', ORDINARY],
  ['GET', '/orders/:orderId', ORDINARY],
  ['POST', '/orders/:orderId/cancel', RESERVED],
  ['GET', '/health/live', OPEN],
] as const)
  routes.add({ method, url, handler: () => undefined, config: { endpoint } });

let server: Server;
let url: string;
let hasPlace: boolean;
let lifecycle: Lifecycle;
let metrics: Metrics;

beforeEach(async () => {
  hasPlace = false;
  lifecycle = new Lifecycle();
  metrics = new Metrics(new Registry());
  server = createServer((_request: IncomingMessage, response: ServerResponse) => response.end('inside'));
  const admission = { hasOrdinaryPlace: () => hasPlace, inFlight: 7 } as Admission;
  new Door({ routes, lifecycle, admission, metrics }).standBefore(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, { method, headers, ...(method === 'POST' ? { body: '{"items":[]}' } : {}) });
}

describe('the door, when there is no place for ordinary requests', () => {
  it('answers as the edge itself does, and keeps the connection', async () => {
    const answer = await ask('POST', '/orders?dry=1', { 'x-request-id': 'asked-by-the-test' });
    expect(answer.status).toBe(503);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '1',
      'x-request-id': 'asked-by-the-test',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      connection: 'keep-alive',
    });
    expect(await answer.json()).toMatchObject({
      code: 'OVERLOADED',
      status: 503,
      instance: '/orders',
      requestId: 'asked-by-the-test',
      retryable: true,
    });
  });

  it('gives a request without a harmless id one of its own', async () => {
    const answer = await ask('GET', '/orders/%22%7B', { 'x-request-id': 'a b' });
    const { requestId, instance } = (await answer.json()) as Record<string, unknown>;
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestId).toBe(answer.headers.get('x-request-id'));
    expect(instance).toBe('/orders/%22%7B');
  });

  it.each([
    ['POST', '/orders/17/cancel', 200],
    ['GET', '/health/live', 200],
    ['GET', '/orders/17', 503],
    ['GET', '/elsewhere', 503],
    // The router may read these otherwise; those inside decide.
    ['POST', '/orders/17/c%61ncel', 200],
    ['GET', '/orders/17/cancel', 503],
  ])('%s %s: %i', async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  it('lets everybody in again once there is a place', async () => {
    hasPlace = true;
    expect(await (await ask('POST', '/orders')).text()).toBe('inside');
  });

  it('leaves the refusals of a shutdown to those inside', async () => {
    void lifecycle.beginDrain();
    expect((await ask('POST', '/orders')).status).toBe(200);
  });

  it('counts whom it turned away by route, and tells of all of them in one line', async () => {
    const lines = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await Promise.all([ask('POST', '/orders'), ask('GET', '/orders/17'), ask('GET', '/orders/18')]);
    await ask('PUT', '/elsewhere');
    const line = [{ turnedAway: 4, inFlight: 7 }, 'Requests were turned away: OVERLOADED'];
    // The doors of the tests before have lines of their own to write.
    await eventually('it was told', () =>
      lines.mock.calls.some((call) => JSON.stringify(call) === JSON.stringify(line)),
    );
    const text = await metrics.expose();
    expect(text).toContain('http_requests_turned_away_total{method="POST",route="/orders"} 1');
    expect(text).toContain('http_requests_turned_away_total{method="GET",route="/orders/:orderId"} 2');
    expect(text).toContain('http_requests_turned_away_total{method="none",route="none"} 1');
    lines.mockRestore();
  });
});
