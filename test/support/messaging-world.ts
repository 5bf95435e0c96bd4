import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startSandbox, type RunningSandbox } from '../../apps/sandbox/src/index.js';
import { createApp } from '../../apps/order-service/src/bootstrap.js';
import { startConsumers } from '../../apps/order-service/src/messaging/consumers.js';
import type { Config } from '@app/platform';
import { TestBroker } from './broker.js';
import { eventually } from './eventually.js';
import { upstreamConfig } from './fake-sibling.js';
import { OutboxWriter } from './outbox-rows.js';
import { migratedDatabase } from './platform-parts.js';
import { TcpProxy } from './tcp-proxy.js';
import type { TestDatabase } from './test-database.js';

export interface OrderView {
  readonly id: string;
  readonly eventId: string;
  readonly status: string;
  readonly version: number;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly paymentIntentId: string | null;
  readonly tickets: readonly { readonly id: string; readonly status: string }[];
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface SandboxEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly ticketTypes: readonly { readonly id: string }[];
}

/** The whole service in this process, with its consumers, the sandbox and a broker behind a wire that can be cut. */
export class MessagingWorld {
  private constructor(
    readonly sandbox: RunningSandbox,
    readonly stored: TestDatabase,
    readonly broker: TestBroker,
    readonly wire: TcpProxy,
    readonly config: Config,
    readonly app: NestFastifyApplication,
    readonly sql: OutboxWriter,
    readonly event: SandboxEvent,
    readonly userToken: string,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<MessagingWorld> {
    const sandbox = await startSandbox({
      port: 0,
      orderServiceUrl: 'http://127.0.0.1:9',
      refundDelayMs: { min: 50, max: 80 },
    });
    const stored = await migratedDatabase();
    const broker = await TestBroker.open();
    const wire = await TcpProxy.before(broker.url);
    const config = upstreamConfig(sandbox.url, {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: stored.url,
      DB_ROLE_PREFIX: stored.rolePrefix,
      RABBITMQ_URL: wire.url(broker.url),
      RABBITMQ_PREFIX: broker.prefix,
      RATE_LIMIT_ENABLED: 'false',
      MESSAGE_DELIVERIES_MAX: '2',
      RELAY_INTERVAL_MS: '50',
      ...environment,
    });
    const app = await createApp(config);
    await app.listen({ port: 0, host: '127.0.0.1' });
    await startConsumers(app, config);
    const event = (await post(sandbox.url, '/sandbox/events', {
      ticketTypes: [{ unitPriceCents: 5_000, capacity: 10_000 }],
    })) as unknown as SandboxEvent;
    const { token } = await post(sandbox.url, '/sandbox/tokens', { tenantId: event.tenantId });
    const world = new MessagingWorld(
      sandbox,
      stored,
      broker,
      wire,
      config,
      app,
      await OutboxWriter.open(stored.url),
      event,
      String(token),
    );
    await world.untilConsuming();
    return world;
  }

  async untilConsuming(): Promise<void> {
    await eventually('the consumers are there', async () => {
      const counts = [
        await this.broker.consumers('order-service.events'),
        await this.broker.consumers('order-service.rpc'),
      ];
      return counts.every((count) => count === 1);
    });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.sql.close();
    await this.sandbox.stop();
    await this.wire.stop();
    await this.broker.close();
    await this.stored.drop();
  }

  async serviceToken(scope: string, tenantId: string | null = this.event.tenantId): Promise<string> {
    const { token } = await post(this.sandbox.url, '/sandbox/tokens', {
      type: 'service',
      sub: 'test-service',
      scope,
      ...(tenantId === null ? {} : { tenantId }),
    });
    return String(token);
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const response = await this.app.inject({
      method,
      url: `/api/v1/orders${path}`,
      headers: {
        authorization: `Bearer ${this.userToken}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: response.statusCode, body: response.json() };
  }

  async createdOrder(): Promise<OrderView> {
    const { status, body } = await this.call('POST', '', {
      eventId: this.event.id,
      items: [{ ticketTypeId: this.event.ticketTypes[0]?.id, quantity: 2 }],
    });
    if (status !== 201) throw new Error(`no order was created: ${JSON.stringify(body)}`);
    return body as unknown as OrderView;
  }

  async reservedOrder(): Promise<OrderView & { readonly paymentIntentId: string }> {
    const { id } = await this.createdOrder();
    const { status, body } = await this.call('POST', `/${id}/reserve`, {});
    if (status !== 200) throw new Error(`the order was not reserved: ${JSON.stringify(body)}`);
    return body as unknown as OrderView & { readonly paymentIntentId: string };
  }

  /** The buyer pays; nobody tells order-service. */
  async pay(paymentIntentId: string): Promise<void> {
    await post(this.sandbox.url, `/sandbox/payment-intents/${paymentIntentId}/pay`, { notify: 'never' });
  }

  async fault(fault: object): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/sandbox/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`the fault was not set: ${response.status}`);
  }

  async mendFaults(): Promise<void> {
    await fetch(`${this.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  }

  async order(id: string): Promise<OrderView> {
    return (await this.call('GET', `/${id}`)).body as unknown as OrderView;
  }

  async untilStatus(id: string, ...statuses: readonly string[]): Promise<void> {
    await eventually(`order ${id} is ${statuses.join(' or ')}`, async () =>
      statuses.includes((await this.order(id)).status),
    );
  }

  /** What happened to the order, oldest first, as its history tells it. */
  async history(orderId: string): Promise<readonly string[]> {
    const rows = await this.sql.query<{ type: string }>(
      'select type from order_events where order_id = $1 order by sequence',
      [orderId],
    );
    return rows.map(({ type }) => type);
  }

  async inboxResults(messageId: string): Promise<readonly string[]> {
    const rows = await this.sql.query<{ result: string }>('select result from inbox where message_id = $1', [
      messageId,
    ]);
    return rows.map(({ result }) => result);
  }
}

async function post(url: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}
