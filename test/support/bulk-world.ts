import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { DEFAULT_TENANT_ID, startSandbox, type RunningSandbox } from '../../apps/sandbox/src/index.js';
import { createApp } from '../../apps/order-service/src/bootstrap.js';
import { eventually } from './eventually.js';
import { migratedDatabase, platformConfig } from './platform-parts.js';
import type { TestDatabase } from './test-database.js';

/** Several refunds, retries and leases fit into it, on a busy machine too. */
const PATIENCE_MS = 45_000;

export interface Reply<Body = Readonly<Record<string, unknown>>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface SoldEvent {
  readonly id: string;
  readonly ticketTypes: readonly { readonly id: string }[];
}

export interface OrderView {
  readonly id: string;
  readonly status: string;
  readonly paymentIntentId: string | null;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly [member: string]: unknown;
}

export interface OperationView {
  readonly id: string;
  readonly status: string;
  readonly pauseReason: string | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly failures: readonly { readonly orderId: string; readonly code: string }[];
  readonly finishedAt: string | null;
}

export interface LedgerView {
  readonly entries: readonly {
    readonly operation: string;
    readonly orderId: string;
    readonly outcome: string;
    readonly amountCents?: number;
  }[];
  readonly intents: readonly {
    readonly orderId: string;
    readonly amountReceivedCents: number;
    readonly refundedCents: number;
  }[];
}

interface SendOptions {
  readonly token?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The sandbox, a database and HTTP clients around order-service, wherever that runs. */
export class BulkWorld {
  readonly tenantId = DEFAULT_TENANT_ID;
  serviceUrl = '';
  private readonly tokens = new Map<string, string>();

  private constructor(
    readonly sandbox: RunningSandbox,
    readonly testDatabase: TestDatabase,
    readonly database: Pool,
  ) {}

  static async start(
    options: { readonly refundDelayMs?: { readonly min: number; readonly max: number } } = {},
  ): Promise<BulkWorld> {
    const holder: { world?: BulkWorld } = {};
    const testDatabase = await migratedDatabase();
    const sandbox = await startSandbox({
      port: 0,
      refundDelayMs: options.refundDelayMs ?? { min: 0, max: 0 },
      orderServiceUrl: () => holder.world?.serviceUrl ?? 'http://127.0.0.1:9',
    });
    const database = new Pool({ connectionString: testDatabase.url, max: 4 });
    // The database is dropped under its idle connections.
    database.on('error', () => undefined);
    holder.world = new BulkWorld(sandbox, testDatabase, database);
    return holder.world;
  }

  /** What the service is configured with, in this process or in one of its own. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { url } = this.sandbox;
    return {
      DATABASE_URL: this.testDatabase.url,
      DB_ROLE_PREFIX: this.testDatabase.rolePrefix,
      EVENT_SERVICE_URL: url,
      TICKET_SERVICE_URL: url,
      PAYMENT_SERVICE_URL: url,
      AUTH_SERVICE_URL: url,
      RATE_LIMIT_ENABLED: 'false',
      DOCS_ENABLED: 'false',
      EFFECTS_INTERVAL_MS: '100',
      BULK_INTERVAL_MS: '100',
      HOST: '127.0.0.1',
      ...more,
    };
  }

  /** Starts the whole service in this process, jobs included. */
  async serve(environment: Readonly<Record<string, string>> = {}): Promise<NestFastifyApplication> {
    const app = await createApp(platformConfig(this.environment(environment)));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.getHttpServer().address() as AddressInfo;
    this.serviceUrl = `http://127.0.0.1:${port}`;
    return app;
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
    await this.database.end();
    await this.testDatabase.drop();
  }

  async token(wish: Readonly<Record<string, unknown>>): Promise<string> {
    const memo = JSON.stringify(wish);
    const known = this.tokens.get(memo);
    if (known !== undefined) return known;
    const { body } = await this.play<{ token: string }>('POST', '/sandbox/tokens', wish);
    this.tokens.set(memo, body.token);
    return body.token;
  }

  buyer(): Promise<string> {
    return this.token({ sub: randomUUID() });
  }

  admin(): Promise<string> {
    return this.token({ role: 'admin' });
  }

  service(): Promise<string> {
    return this.token({ type: 'service', tenantId: this.tenantId, sub: 'event-service' });
  }

  /** Asks the sandbox. */
  play<Body = Readonly<Record<string, unknown>>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Reply<Body>> {
    return exchange(`${this.sandbox.url}${path}`, method, body, {});
  }

  /** Asks order-service; every POST gets a key of its own unless it brings one. */
  send<Body = Readonly<Record<string, unknown>>>(
    method: string,
    path: string,
    body?: unknown,
    options: SendOptions = {},
  ): Promise<Reply<Body>> {
    return exchange(`${this.serviceUrl}${path}`, method, body, {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(method === 'POST' ? { 'idempotency-key': options.key ?? randomUUID() } : {}),
      ...options.headers,
    });
  }

  async event(more: Readonly<Record<string, unknown>> = {}): Promise<SoldEvent> {
    const wish = { ticketTypes: [{ unitPriceCents: 10_000, capacity: 100_000 }], ...more };
    return (await this.play<SoldEvent>('POST', '/sandbox/events', wish)).body;
  }

  create(token: string, event: SoldEvent, quantity = 1): Promise<Reply<OrderView>> {
    const items = event.ticketTypes.slice(0, 1).map((type) => ({ ticketTypeId: type.id, quantity }));
    return this.send<OrderView>('POST', '/api/v1/orders', { eventId: event.id, items }, { token });
  }

  reserve(token: string, orderId: string): Promise<Reply<OrderView>> {
    return this.send<OrderView>('POST', `/api/v1/orders/${orderId}/reserve`, {}, { token });
  }

  /** An order of a buyer of its own, brought to a status by the service itself. */
  async order(
    event: SoldEvent,
    status: 'PENDING' | 'RESERVED' | 'CONFIRMED' | 'COMPLETED',
    quantity = 1,
  ): Promise<{ readonly id: string; readonly token: string; readonly paymentIntentId: string }> {
    const token = await this.buyer();
    const { id } = expectStatus(await this.create(token, event, quantity), 201);
    if (status === 'PENDING') return { id, token, paymentIntentId: '' };
    const reserved = expectStatus(await this.reserve(token, id), 200);
    const paymentIntentId = reserved.paymentIntentId ?? '';
    if (status === 'RESERVED') return { id, token, paymentIntentId };
    if (paymentIntentId !== '')
      await this.play('POST', `/sandbox/payment-intents/${paymentIntentId}/pay`, {});
    await eventually(`order ${id} is ${status}`, async () => (await this.status(id)) === status, PATIENCE_MS);
    return { id, token, paymentIntentId };
  }

  async status(orderId: string): Promise<string> {
    const { rows } = await this.database.query<{ status: string }>(
      'select status from orders where id = $1',
      [orderId],
    );
    return rows[0]?.status ?? 'NONE';
  }

  async read(orderId: string): Promise<OrderView> {
    const token = await this.admin();
    return expectStatus(
      await this.send<OrderView>('GET', `/api/v1/orders/${orderId}`, undefined, { token }),
      200,
    );
  }

  async bulkCancel(
    eventId: string,
    more: Readonly<Record<string, unknown>> = {},
    options: SendOptions = {},
  ): Promise<Reply<OperationView>> {
    return this.send<OperationView>(
      'POST',
      '/internal/v1/orders/bulk/cancel',
      { eventId, reason: 'The singer is ill.', ...more },
      { token: await this.service(), ...options },
    );
  }

  async operation(operationId: string): Promise<OperationView> {
    const token = await this.service();
    return expectStatus(
      await this.send<OperationView>('GET', `/internal/v1/operations/${operationId}`, undefined, { token }),
      200,
    );
  }

  async finished(operationId: string): Promise<OperationView> {
    await eventually(
      `operation ${operationId} has finished`,
      async () => ['SUCCEEDED', 'FAILED'].includes((await this.operation(operationId)).status),
      PATIENCE_MS,
    );
    return this.operation(operationId);
  }

  async ledger(orderId?: string): Promise<LedgerView> {
    const query = orderId === undefined ? '' : `?orderId=${orderId}`;
    return (await this.play<LedgerView>('GET', `/sandbox/ledger${query}`)).body;
  }

  /** What payment-service paid back for an order, refund by refund. */
  async refundsPaid(orderId: string): Promise<readonly (number | undefined)[]> {
    const { entries } = await this.ledger(orderId);
    return entries
      .filter((entry) => entry.operation === 'refund' && entry.outcome === 'executed')
      .map((entry) => entry.amountCents);
  }
}

export function expectStatus<Body>(reply: Reply<Body>, status: number): Body {
  if (reply.status !== status)
    throw new Error(`Expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

async function exchange<Body>(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Reply<Body>> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  };
}
