import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, type QueryResultRow } from 'pg';
import { createApp } from '../../apps/order-service/src/bootstrap.js';
import { DEFAULT_TENANT_ID, startSandbox, type RunningSandbox } from '../../apps/sandbox/src/index.js';
import { migratedDatabase, platformConfig } from './platform-parts.js';
import type { TestDatabase } from './test-database.js';

export type JsonBody = Readonly<Record<string, unknown>>;

export interface JsonAnswer<B = JsonBody> {
  readonly status: number;
  readonly body: B;
  readonly headers: Headers;
}

export interface SoldEvent {
  readonly id: string;
  readonly ticketTypes: readonly { readonly id: string; readonly available: number }[];
}

export interface OrderView {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly pendingRefundCents: number;
  readonly eventId: string;
  readonly items: readonly { readonly ticketTypeId: string; readonly quantity: number }[];
  readonly payment?: { readonly intentId: string } | null;
}

/** Long intervals: what a job does is run by the test itself. */
const QUIET_JOBS = {
  EXPIRATION_INTERVAL_MS: '600000',
  EFFECTS_INTERVAL_MS: '600000',
  REMINDER_INTERVAL_MS: '600000',
  RETENTION_INTERVAL_MS: '86400000',
  RECONCILIATION_INTERVAL_MS: '86400000',
  RECONCILIATION_FULL_INTERVAL_MS: '86400000',
  RATE_LIMIT_ENABLED: 'false',
};

/** The whole service in this process, before a real database and the sandbox, with its jobs in the test's hands. */
export class ReconWorld {
  readonly tenantId = DEFAULT_TENANT_ID;
  private readonly tokens = new Map<string, string>();

  private constructor(
    readonly app: NestFastifyApplication,
    readonly sandbox: RunningSandbox,
    readonly database: TestDatabase,
    private readonly owner: Client,
    private readonly url: string,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ReconWorld> {
    const sandbox = await startSandbox({ port: 0, refundDelayMs: { min: 0, max: 0 } });
    const database = await migratedDatabase();
    const config = platformConfig({
      DATABASE_URL: database.url,
      DB_ROLE_PREFIX: database.rolePrefix,
      AUTH_SERVICE_URL: sandbox.url,
      AUTH_JWKS_URL: `${sandbox.url}/.well-known/jwks.json`,
      SERVICE_JWKS_URL: `${sandbox.url}/.well-known/jwks.json`,
      EVENT_SERVICE_URL: sandbox.url,
      TICKET_SERVICE_URL: sandbox.url,
      PAYMENT_SERVICE_URL: sandbox.url,
      ...QUIET_JOBS,
      ...environment,
    });
    const app = await createApp(config);
    await app.listen(0, '127.0.0.1');
    const owner = new Client({ connectionString: database.url });
    await owner.connect();
    return new ReconWorld(app, sandbox, database, owner, await app.getUrl());
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.owner.end();
    await this.sandbox.stop();
    await this.database.drop();
  }

  part<T>(token: Type<T>): T {
    return this.app.get(token, { strict: false });
  }

  /** As the owner of the tables: reads everything, and makes what no code of ours would. */
  async sql<Row extends QueryResultRow>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.owner.query<Row>(text, [...parameters])).rows;
  }

  async play<B = JsonBody>(method: string, path: string, body?: unknown): Promise<JsonAnswer<B>> {
    return readJson<B>(
      await fetch(`${this.sandbox.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-tenant-id': this.tenantId },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  }

  /** A call of the service with a token of the role; every POST gets a fresh key unless one is named. */
  async ask<B = JsonBody>(
    as: TokenWish,
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly key?: string } = {},
  ): Promise<JsonAnswer<B>> {
    return readJson<B>(
      await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await this.token(as)}`,
          ...(method === 'GET'
            ? {}
            : { 'content-type': 'application/json', 'idempotency-key': options.key ?? randomUUID() }),
        },
        ...(method === 'GET' ? {} : { body: JSON.stringify(options.body ?? {}) }),
      }),
    );
  }

  async event(options: JsonBody = {}): Promise<SoldEvent> {
    const wish = { ticketTypes: [{ unitPriceCents: 5_000, capacity: 100 }], ...options };
    return (await this.play<SoldEvent>('POST', '/sandbox/events', wish)).body;
  }

  async pending(event?: SoldEvent, quantity = 2): Promise<OrderView> {
    const sold = event ?? (await this.event());
    const items = sold.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity }));
    const answer = await this.ask<OrderView>(BUYER, 'POST', '/api/v1/orders', {
      body: { eventId: sold.id, items },
    });
    return expected(answer, 201);
  }

  async reserved(event?: SoldEvent, quantity = 2): Promise<OrderView & { readonly intentId: string }> {
    const order = await this.pending(event, quantity);
    const answer = await this.ask<OrderView>(BUYER, 'POST', `/api/v1/orders/${order.id}/reserve`);
    const reserved = expected(answer, 200);
    return { ...reserved, intentId: reserved.payment?.intentId ?? '' };
  }

  /** Paid at payment-service; nobody tells the service. */
  async payUntold(intentId: string, amountCents?: number): Promise<void> {
    const body = { notify: 'never', ...(amountCents === undefined ? {} : { amountCents }) };
    expected(await this.play('POST', `/sandbox/payment-intents/${intentId}/pay`, body), 200);
  }

  async confirmed(event?: SoldEvent, quantity = 2): Promise<OrderView & { readonly intentId: string }> {
    const order = await this.reserved(event, quantity);
    await this.payUntold(order.intentId);
    const answer = await this.ask<OrderView>(
      PAYMENT_SERVICE,
      'POST',
      `/internal/v1/orders/${order.id}/confirm`,
      { body: { paymentIntentId: order.intentId } },
    );
    return { ...expected(answer, 200), intentId: order.intentId };
  }

  async order(orderId: string): Promise<OrderView> {
    return expected(await this.ask<OrderView>(ADMIN, 'GET', `/api/v1/orders/${orderId}`), 200);
  }

  async ledger(orderId: string): Promise<Ledger> {
    return (await this.play<Ledger>('GET', `/sandbox/ledger?orderId=${orderId}`)).body;
  }

  async token(wish: TokenWish): Promise<string> {
    const name = JSON.stringify(wish);
    const known = this.tokens.get(name);
    if (known !== undefined) return known;
    const { body } = await this.play<{ token: string }>('POST', '/sandbox/tokens', wish);
    this.tokens.set(name, body.token);
    return body.token;
  }
}

export interface TokenWish {
  readonly sub?: string;
  readonly tenantId?: string;
  readonly role?: string;
  readonly type?: 'access' | 'service';
  readonly scope?: string;
}

export interface Ledger {
  readonly entries: readonly { readonly operation: string; readonly outcome: string }[];
  readonly stock: readonly { readonly ticketTypeId: string; readonly held: number; readonly sold: number }[];
  readonly intents: readonly {
    readonly paymentIntentId: string;
    readonly status: string;
    readonly refundedCents: number;
  }[];
}

export const BUYER: TokenWish = { sub: '0190a000-0000-7000-8000-00000000b001' };
export const ADMIN: TokenWish = { sub: '0190a000-0000-7000-8000-00000000ad01', role: 'admin' };
export const PAYMENT_SERVICE: TokenWish = {
  type: 'service',
  sub: 'payment-service',
  tenantId: DEFAULT_TENANT_ID,
  scope: 'orders:confirm orders:expire orders:read',
};

async function readJson<B>(response: Response): Promise<JsonAnswer<B>> {
  const text = await response.text();
  return {
    status: response.status,
    body: (text === '' ? {} : JSON.parse(text)) as B,
    headers: response.headers,
  };
}

/** The body of an answer that must have this status; otherwise the test stops with what came instead. */
export function expected<B>(answer: JsonAnswer<B>, status: number): B {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
