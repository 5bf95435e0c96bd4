import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { Locks } from '@app/locking';
import { OrderWorker, OverdueOrders } from '@app/orders';
import { ServiceTokens, type UpstreamName } from '@app/platform';
import { TicketCatalog } from '@app/tickets';
import { Pool, type QueryResultRow } from 'pg';
import { DEFAULT_TENANT_ID } from '../../../apps/sandbox/src/index.js';
import { platformConfig, testRedisUrl } from '../platform-parts.js';
import type { TestDatabase } from '../test-database.js';
import {
  Client,
  type Answer,
  type ConfirmedView,
  type OrderView,
  type RefundView,
  type ReservedView,
  type SendOptions,
} from './client.js';
import { Instance } from './instance.js';
import { Siblings, type LedgerBooks, type NewTestEvent, type TestEvent } from './siblings.js';
import { copyOfMigratedDatabase } from './template-database.js';

const JOB_LIMIT = 1_000;
/** Chains of effects are short; one that needs more rounds than this does not end. */
const ROUNDS_MAX = 20;
/** No order of a test comes that far by itself. */
const FOREIGN_GENERATION = 99;

// Every test here goes through real servers, on machines that do other things too; a hang still shows.

export interface WorldOptions {
  /** Overrides of the configuration. */
  readonly config?: Readonly<Record<string, string>>;
  /** How many processes of the service run; requests go to them in turn. */
  readonly instances?: number;
  readonly locks?: Locks;
  /** Another way to the database, given its address. */
  readonly databaseThrough?: (databaseUrl: string) => string;
}

interface Parts {
  readonly database: TestDatabase;
  readonly owner: Pool;
  readonly siblings: Siblings;
  readonly instances: readonly Instance[];
  readonly nextAddress: () => string;
  readonly buyer: Client;
  readonly admin: Client;
  readonly service: Client;
}

/** The real application on a database of its own, its siblings, and the people who use them. */
export class World {
  readonly siblings: Siblings;
  /** A customer, an admin of its tenant, and payment-service with every scope. */
  readonly buyer: Client;
  readonly admin: Client;
  readonly service: Client;

  private constructor(private readonly parts: Parts) {
    ({ siblings: this.siblings, buyer: this.buyer, admin: this.admin, service: this.service } = parts);
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const database = await copyOfMigratedDatabase();
    const key = generateKeyPairSync('ed25519');
    const instances: Instance[] = [];
    const siblings = await Siblings.start({
      orderServiceUrl: () => instances[0]?.url ?? '',
      orderServicePublicKey: key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    });
    const config = platformConfig({
      ...sharedConfig(database, siblings),
      DATABASE_URL: options.databaseThrough?.(database.url) ?? database.url,
      SERVICE_SIGNING_KEY: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ...options.config,
    });
    for (let count = 0; count < (options.instances ?? 1); count += 1)
      instances.push(await Instance.start(config, options.locks));
    let turn = 0;
    const nextAddress = (): string => instances[turn++ % instances.length]?.url ?? '';
    const owner = new Pool({ connectionString: database.url, max: 2 });
    // The database is dropped under its idle connections.
    owner.on('error', () => undefined);
    const people = await peopleOf(siblings, nextAddress);
    return new World({ database, owner, siblings, instances, nextAddress, ...people });
  }

  async stop(): Promise<void> {
    await Promise.all(this.parts.instances.map((instance) => instance.stop()));
    await this.siblings.stop();
    await this.parts.owner.end();
    await this.parts.database.drop();
  }

  /** Address of the first process. */
  get url(): string {
    return this.parts.instances[0]?.url ?? '';
  }

  get databaseUrl(): string {
    return this.parts.database.url;
  }

  get rolePrefix(): string {
    return this.parts.database.rolePrefix;
  }

  /** A part of the first running process. */
  get<T>(type: Type<T>): T {
    const [instance] = this.parts.instances;
    if (instance === undefined) throw new Error('No process runs.');
    return instance.get(type);
  }

  /** Another person with a token of its own; a customer of the default tenant unless claims say otherwise. */
  async person(claims: Readonly<Record<string, unknown>> = {}): Promise<Client> {
    return clientOf(await this.siblings.token(claims), this.parts.nextAddress);
  }

  createEvent(wish?: NewTestEvent): Promise<TestEvent> {
    return this.siblings.createEvent(wish);
  }

  createOrder(
    event: TestEvent,
    wish: Readonly<Record<string, unknown>> & { readonly quantity?: number } = {},
    by: Client = this.buyer,
    options?: SendOptions,
  ): Promise<Answer<OrderView>> {
    const { quantity = 1, ...more } = wish;
    const items = event.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity }));
    return by.post('/api/v1/orders', { eventId: event.id, items, ...more }, options);
  }

  reserve(orderId: string, by: Client = this.buyer, options?: SendOptions): Promise<Answer<ReservedView>> {
    return by.post(`/api/v1/orders/${orderId}/reserve`, {}, options);
  }

  cancel(
    orderId: string,
    by: Client = this.buyer,
    body: Readonly<Record<string, unknown>> = {},
    options?: SendOptions,
  ): Promise<Answer<OrderView>> {
    return by.post(`/api/v1/orders/${orderId}/cancel`, body, options);
  }

  refund(
    orderId: string,
    body: Readonly<Record<string, unknown>> = {},
    by: Client = this.buyer,
    options?: SendOptions,
  ): Promise<Answer<RefundView>> {
    return by.post(`/api/v1/orders/${orderId}/refund`, { reason: 'cannot come', ...body }, options);
  }

  /** payment-service tells that an intent was paid. */
  confirm(orderId: string, paymentIntentId: string, options?: SendOptions): Promise<Answer<ConfirmedView>> {
    return this.service.post(`/internal/v1/orders/${orderId}/confirm`, { paymentIntentId }, options);
  }

  expire(orderId: string, options?: SendOptions): Promise<Answer<OrderView>> {
    return this.service.post(`/internal/v1/orders/${orderId}/expire`, {}, options);
  }

  /** The order as its tenant's admin sees it now. */
  async order(orderId: string): Promise<OrderView> {
    const { body } = await this.admin.get<OrderView>(`/api/v1/orders/${orderId}`);
    return body;
  }

  async refunds(orderId: string): Promise<readonly RefundView[]> {
    const { body } = await this.admin.get<{ readonly data: readonly RefundView[] }>(
      `/api/v1/orders/${orderId}/refunds`,
    );
    return body.data;
  }

  /** The types of an order's audit trail, oldest first. */
  async history(orderId: string): Promise<readonly string[]> {
    const { body } = await this.admin.get<{ readonly data: readonly { readonly type: string }[] }>(
      `/api/v1/orders/${orderId}/events?limit=100`,
    );
    return body.data.map(({ type }) => type);
  }

  /** An intent for this order that did not come from us, as an old tab of the buyer would open it. */
  async foreignIntent(intent: {
    readonly orderId: string;
    readonly amountCents: number;
    readonly currency: string;
  }): Promise<string> {
    const { paymentIntentId } = await this.asOrderService<{ readonly paymentIntentId: string }>(
      'payment-service',
      '/internal/payment-intents',
      { ...intent, generation: FOREIGN_GENERATION, userId: this.buyer.id },
    );
    return paymentIntentId;
  }

  /** ticket-service loses the hold of an order. */
  async loseHold(orderId: string, generation: number): Promise<void> {
    await this.asOrderService('ticket-service', '/internal/tickets/release', {
      orderId,
      generation,
      reason: 'lost',
    });
  }

  private async asOrderService<Body>(sibling: UpstreamName, path: string, body: unknown): Promise<Body> {
    return this.siblings.send('POST', path, body, {
      authorization: `Bearer ${await this.get(ServiceTokens).token(sibling)}`,
      'x-tenant-id': this.buyer.tenantId,
      'idempotency-key': randomUUID(),
    });
  }

  ledger(orderId?: string): Promise<LedgerBooks> {
    return this.siblings.ledger(orderId);
  }

  /** `operation outcome` of everything the siblings did for an order, in their order. */
  async deeds(orderId: string): Promise<readonly string[]> {
    const { entries } = await this.ledger(orderId);
    return entries.map(({ operation, outcome }) => `${operation} ${outcome}`);
  }

  /** The kinds of the findings about an order. */
  async findings(orderId: string): Promise<readonly string[]> {
    const rows = await this.rows<{ kind: string }>(
      'select kind from reconciliation_findings where order_id = $1 order by kind',
      [orderId],
    );
    return rows.map(({ kind }) => kind);
  }

  /** One round of a job, awaited, on the first process: no timer takes part in a test. */
  async runJob(job: 'expiration' | 'effects'): Promise<number> {
    if (job === 'expiration') return this.get(OverdueOrders).expire(JOB_LIMIT);
    return this.get(OrderWorker).runDue(JOB_LIMIT);
  }

  /** One round of the worker over everything that waits for another try. */
  async tryAgain(): Promise<number> {
    await this.idle();
    await this.rows(
      `update order_effects set due_at = now() where state = 'pending' and lease_until is null`,
    );
    await this.rows(`update orders set op_due_at = now() where op <> 'reserving' and op_lease_until is null`);
    return this.runJob('effects');
  }

  /** The worker tries again until nothing is left to do. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) if ((await this.tryAgain()) === 0) return;
    throw new Error(`Effects are still due after ${ROUNDS_MAX} rounds.`);
  }

  async idle(): Promise<void> {
    for (const instance of this.parts.instances) await instance.get(OrderWorker).idle();
  }

  /** Every deadline, lease and due time of the database comes nearer, as if this long had passed. */
  async timePasses({ minutes }: { readonly minutes: number }): Promise<void> {
    const earlier = (column: string): string => `${column} = ${column} - $1 * interval '1 minute'`;
    const shift = (table: string, columns: readonly string[]): Promise<unknown> =>
      this.rows(`update ${table} set ${columns.map(earlier).join(', ')}`, [minutes]);
    await shift('orders', [
      'expires_at',
      'reservation_expires_at',
      'event_starts_at',
      'op_lease_until',
      'op_due_at',
      'op_started_at',
    ]);
    await shift('order_effects', ['due_at', 'lease_until']);
    await shift('idempotency_keys', ['lease_until', 'expires_at']);
  }

  /** Whoever drove the operations of this world died: their leases are over and their due times have come. */
  async holdersAreGone(): Promise<void> {
    await this.timePasses({ minutes: 1 });
  }

  /** The service looks the event up afresh, as after `event.updated` and `ticket-type.updated`. */
  forgetCatalogue(event: TestEvent): void {
    for (const instance of this.parts.instances) {
      const catalog = instance.get(TicketCatalog);
      catalog.drop(event.id);
      for (const { id } of event.ticketTypes) catalog.dropTicketType(id);
    }
  }

  /** Reads and writes the database as its owner, past everything the service would check. */
  async rows<Row extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const { rows } = await this.parts.owner.query<Row>(sql, [...parameters]);
    return rows;
  }
}

function sharedConfig(database: TestDatabase, siblings: Siblings): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: database.url,
    DB_ROLE_PREFIX: database.rolePrefix,
    REDIS_URL: testRedisUrl(),
    AUTH_SERVICE_URL: siblings.url,
    EVENT_SERVICE_URL: siblings.url,
    TICKET_SERVICE_URL: siblings.url,
    PAYMENT_SERVICE_URL: siblings.url,
    // Jobs run when a test says so.
    PROCESS_ROLES: 'http',
    RATE_LIMIT_ENABLED: 'false',
    // A busy machine must not look like a dead one.
    UPSTREAM_CONNECT_TIMEOUT_MS: '2000',
    UPSTREAM_TIMEOUT_MS: '8000',
    UPSTREAM_PAYMENT_TIMEOUT_MS: '8000',
    DB_ACQUIRE_TIMEOUT_MS: '10000',
  };
}

async function peopleOf(
  siblings: Siblings,
  nextAddress: () => string,
): Promise<Pick<Parts, 'buyer' | 'admin' | 'service'>> {
  const [buyer, admin, service] = await Promise.all([
    siblings.token({}),
    siblings.token({ role: 'admin' }),
    siblings.token({ type: 'service' }),
  ]);
  return {
    buyer: clientOf(buyer, nextAddress),
    admin: clientOf(admin, nextAddress),
    service: new Client(nextAddress, service.token, service.sub, DEFAULT_TENANT_ID, {
      'x-tenant-id': DEFAULT_TENANT_ID,
    }),
  };
}

function clientOf(
  token: { readonly token: string; readonly sub: string; readonly tenantId: string | null },
  nextAddress: () => string,
): Client {
  return new Client(nextAddress, token.token, token.sub, token.tenantId ?? DEFAULT_TENANT_ID);
}

/** A key as clients make them. */
export function aKey(): string {
  return randomUUID();
}
