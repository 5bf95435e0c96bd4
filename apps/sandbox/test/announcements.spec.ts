import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { DEFAULT_TENANT_ID } from '../src/index.js';
import { startForTest, stopAll } from './sandbox-under-test.js';

const servers: Server[] = [];

afterEach(async () => {
  await stopAll();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('telling order-service without a broker', () => {
  interface Told {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: unknown;
  }

  /** Stands in for order-service: answers with the given statuses, then 200. */
  async function anOrderService(
    statuses: readonly number[],
    expected: number,
  ): Promise<{ url: string; told: Promise<readonly Told[]> }> {
    const received: Told[] = [];
    let allTold: (told: readonly Told[]) => void = () => undefined;
    const told = new Promise<readonly Told[]>((resolve) => (allTold = resolve));
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        response.statusCode = statuses[received.length] ?? 200;
        received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
        response.end('{}');
        if (received.length === expected) allTold(received);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, told };
  }

  it('repeats the same announcement until it is taken in', async () => {
    const orders = await anOrderService([503, 409], 3);
    const sandbox = await startForTest({ orderServiceUrl: () => orders.url });
    const orderId = randomUUID();
    const paymentIntentId = await sandbox.intent(orderId);
    await sandbox.post(`/sandbox/payment-intents/${paymentIntentId}/pay`);
    const told = await orders.told;
    expect(told.map((call) => [call.path, call.body])).toEqual(
      Array.from({ length: 3 }, () => [`/internal/v1/orders/${orderId}/confirm`, { paymentIntentId }]),
    );
    expect(new Set(told.map((call) => call.headers['idempotency-key'])).size).toBe(1);
    expect(told[0]?.headers['x-tenant-id']).toBe(DEFAULT_TENANT_ID);
    const keys = createLocalJWKSet(
      (await sandbox.send('GET', '/.well-known/jwks.json')).body as unknown as JSONWebKeySet,
    );
    const token = String(told[0]?.headers.authorization).replace('Bearer ', '');
    expect((await jwtVerify(token, keys, { audience: 'order-service' })).payload.scope).toBe(
      'orders:confirm',
    );
  });

  it('tells it twice under one key when asked to, at an address given later', async () => {
    const orders = await anOrderService([], 2);
    const sandbox = await startForTest({ orderServiceUrl: 'http://127.0.0.1:9' });
    await sandbox.send('PUT', '/sandbox/settings', { orderServiceUrl: orders.url });
    const id = await sandbox.intent();
    await sandbox.post(`/sandbox/payment-intents/${id}/pay`, { notify: 'twice', delayMs: 10 });
    const told = await orders.told;
    expect(new Set(told.map((call) => call.headers['idempotency-key'])).size).toBe(1);
  });
});
