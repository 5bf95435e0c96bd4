import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { Client } from 'pg';
import { DEFAULT_TENANT_ID, startSandbox, type RunningSandbox } from '../../apps/sandbox/src/index.js';
import { eventually } from './eventually.js';
import { requestOver, type HttpAnswer, type HttpRequest } from './http-request.js';
import { ServiceProcess } from './service-process.js';
import {
  JwksServer,
  newSigningKey,
  serviceClaims,
  sign,
  userClaims,
  type SigningKey,
} from './token-issuer.js';

export const ALL_SCOPES = 'orders:confirm orders:expire orders:read orders:bulk-cancel';

export interface SandboxEvent {
  readonly id: string;
  readonly ticketTypes: readonly { readonly id: string; readonly unitPriceCents: number }[];
}

/** An order body as the tests look at it. */
export type OrderView = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly items: readonly { readonly id: string; readonly ticketTypeId: string }[];
};

/** A person or service with its token. */
export interface Caller {
  readonly id: string;
  readonly token: string;
}

/**
 * The built service with everything around it: sandbox, key sets of users and of services, a database to look into.
 * Every test makes callers and events of its own.
 */
export class ServiceWorld {
  private constructor(
    readonly service: ServiceProcess,
    readonly sandbox: RunningSandbox,
    readonly userKeys: JwksServer,
    readonly serviceKeys: JwksServer,
    readonly userKey: SigningKey,
    readonly serviceKey: SigningKey,
    private readonly client: Client,
  ) {}

  readonly tenantId = DEFAULT_TENANT_ID;

  static async start(
    options: {
      readonly environment?: Readonly<Record<string, string>>;
      readonly siblings?: (sandboxUrl: string) => string;
      readonly nodeOptions?: readonly string[];
    } = {},
  ): Promise<ServiceWorld> {
    // Payments are confirmed by the tests themselves: whatever the sandbox announces goes nowhere.
    const sandbox = await startSandbox({
      port: 0,
      orderServiceUrl: 'http://127.0.0.1:9',
      refundDelayMs: { min: 0, max: 0 },
    });
    const [userKeys, serviceKeys] = [await JwksServer.start(), await JwksServer.start()];
    const [userKey, serviceKey] = [newSigningKey('RS256'), newSigningKey('ES256')];
    await Promise.all([userKeys.publish(userKey), serviceKeys.publish(serviceKey)]);
    const service = await ServiceProcess.start({
      siblings: options.siblings?.(sandbox.url) ?? sandbox.url,
      environment: {
        AUTH_JWKS_URL: userKeys.url,
        SERVICE_JWKS_URL: serviceKeys.url,
        ...options.environment,
      },
      ...(options.nodeOptions === undefined ? {} : { nodeOptions: options.nodeOptions }),
    });
    const client = new Client({ connectionString: service.database.url });
    await client.connect();
    return new ServiceWorld(service, sandbox, userKeys, serviceKeys, userKey, serviceKey, client);
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.service.remove();
    await Promise.all([this.sandbox.stop(), this.userKeys.stop(), this.serviceKeys.stop()]);
  }

  async user(claims: JWTPayload = {}): Promise<Caller> {
    const id = claims.sub ?? randomUUID();
    const token = await sign(
      this.userKey,
      userClaims(new Date(), { tenant_id: this.tenantId, ...claims, sub: id }),
    );
    return { id, token };
  }

  async sibling(claims: JWTPayload = {}): Promise<Caller> {
    const given = serviceClaims(new Date(), { tenant_id: this.tenantId, scope: ALL_SCOPES, ...claims });
    return { id: String(given.sub), token: await sign(this.serviceKey, given) };
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    return requestOver(this.service.url, request);
  }

  /** Rows as PostgreSQL has them, past row-level security. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return (await this.client.query<Record<string, unknown>>(sql, [...values])).rows;
  }

  async count(sql: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await this.rows(`select count(*)::int as n from ${sql}`, values);
    return Number(row?.['n']);
  }

  /** The sandbox's own routes: events, payments, faults, ledgers. */
  async play(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const answer = await requestOver(this.sandbox.url, { method, path, body });
    if (answer.status >= 400) throw new Error(`${method} ${path} of the sandbox answered ${answer.text}`);
    return answer;
  }

  async newEvent(wish: Readonly<Record<string, unknown>> = {}): Promise<SandboxEvent> {
    const ticketTypes = [{ unitPriceCents: 10_000, capacity: 100_000 }];
    const answer = await this.play('POST', '/sandbox/events', { ticketTypes, ...wish });
    return answer.json() as SandboxEvent;
  }

  orderBody(
    event: SandboxEvent,
    more: Readonly<Record<string, unknown>> = {},
  ): Readonly<Record<string, unknown>> {
    return {
      eventId: event.id,
      items: event.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity: 1 })),
      ...more,
    };
  }

  async pending(
    buyer: Caller,
    event: SandboxEvent,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<OrderView> {
    const answer = await this.send({
      method: 'POST',
      path: '/api/v1/orders',
      token: buyer.token,
      key: randomUUID(),
      body: this.orderBody(event, more),
    });
    return answer.expect(201) as OrderView;
  }

  /** RESERVED, with its payment. */
  async reserved(buyer: Caller, event: SandboxEvent): Promise<OrderView> {
    const { id } = await this.pending(buyer, event);
    const answer = await this.send({
      method: 'POST',
      path: `/api/v1/orders/${id}/reserve`,
      token: buyer.token,
      key: randomUUID(),
    });
    return answer.expect(200) as OrderView;
  }

  async pay(order: OrderView): Promise<void> {
    await this.play('POST', `/sandbox/payment-intents/${String(order['paymentIntentId'])}/pay`, {
      notify: 'never',
    });
  }

  /** COMPLETED: paid, confirmed, tickets issued. */
  async completed(buyer: Caller, event: SandboxEvent): Promise<OrderView> {
    const order = await this.reserved(buyer, event);
    await this.pay(order);
    const { token } = await this.sibling();
    const confirmed = await this.send({
      method: 'POST',
      path: `/internal/v1/orders/${order.id}/confirm`,
      token,
      key: randomUUID(),
      body: { paymentIntentId: order['paymentIntentId'] },
    });
    confirmed.expect(200);
    let seen = order;
    await eventually(`order ${order.id} is COMPLETED`, async () => {
      seen = await this.order(buyer, order.id);
      return seen.status === 'COMPLETED';
    });
    return seen;
  }

  async order(reader: Caller, orderId: string): Promise<OrderView> {
    const answer = await this.send({
      method: 'GET',
      path: `/api/v1/orders/${orderId}`,
      token: reader.token,
    });
    return answer.expect(200) as OrderView;
  }
}
