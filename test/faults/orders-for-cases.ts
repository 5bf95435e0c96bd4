import { z } from 'zod';
import { post, type Clients, type Wish } from './clients.js';
import type { Verb } from './cases.js';
import { until, type ServiceProcess, type Stack } from './stack.js';

const STEP_WITHIN_MS = 20_000;

const createdBody = z.object({ id: z.string() });
const reservedBody = z.object({ payment: z.object({ intentId: z.string() }) });
const tokenBody = z.object({ token: z.string() });
const eventBody = z.object({
  id: z.string(),
  tenantId: z.string(),
  ticketTypes: z.array(z.object({ id: z.string() })),
});

/** An order that waits for its verb. */
export interface ReadyOrder {
  readonly id: string;
  readonly token: string;
  readonly intentId: string | null;
}

/** The event of the campaign and who may ask for what. */
export class Orders {
  private constructor(
    private readonly stack: Stack,
    private readonly clients: Clients,
    private readonly eventId: string,
    private readonly ticketTypeId: string,
    private readonly serviceToken: string,
  ) {}

  static async of(stack: Stack, clients: Clients): Promise<Orders> {
    const event = eventBody.parse(
      await stack.askSandbox('POST', '/sandbox/events', {
        purchaseLimitPerBuyer: 4,
        ticketTypes: [{ unitPriceCents: 5_000, capacity: 5_000 }],
      }),
    );
    const { token } = tokenBody.parse(
      await stack.askSandbox('POST', '/sandbox/tokens', { type: 'service', tenantId: event.tenantId }),
    );
    return new Orders(stack, clients, event.id, event.ticketTypes[0]?.id ?? '', token);
  }

  /** An order just before its verb, or before what must happen at the struck process first: see `prepare`. */
  async readyFor(verb: Verb, service: ServiceProcess): Promise<ReadyOrder> {
    const { token } = tokenBody.parse(await this.stack.askSandbox('POST', '/sandbox/tokens', {}));
    const basket = { eventId: this.eventId, items: [{ ticketTypeId: this.ticketTypeId, quantity: 2 }] };
    const created = await this.clients.insist(service, post('/api/v1/orders', token, basket));
    const { id } = createdBody.parse(created.body);
    if (verb === 'reserve') return { id, token, intentId: null };
    const answer = await this.clients.insist(service, post(`/api/v1/orders/${id}/reserve`, token));
    const reserved = reservedBody.parse(answer.body);
    const order = { id, token, intentId: reserved.payment.intentId };
    if (verb === 'refund') {
      await this.paid(order);
      await this.clients.insist(service, this.wish('confirm', order));
    }
    return order;
  }

  /** What comes before the verb at the process that will be struck. */
  async prepare(verb: Verb, order: ReadyOrder, service: ServiceProcess): Promise<void> {
    switch (verb) {
      case 'confirm':
        return this.paid(order);
      case 'cancel while being issued':
        await this.trouble('ticket-service', 'confirm');
        await this.paid(order);
        await this.clients.insist(service, this.wish('confirm', order));
        return until('the order is CONFIRMED', STEP_WITHIN_MS, () => this.hasSentConfirm(order));
      case 'recover':
        await this.trouble('payment-service', 'cancel-intent');
        await this.deadlinePasses(order);
        await until('the fence has given up', STEP_WITHIN_MS, async () => {
          await this.fenceIsTired(order);
          return (await this.status(order)) === 'EXPIRED';
        });
        return this.paid(order);
      case 'expire by the clock':
        return this.deadlinePasses(order);
      default:
        return undefined;
    }
  }

  /** The sibling that `prepare` troubled is well again, and what waits for it is due. */
  async troubleEnds(order: ReadyOrder): Promise<void> {
    await this.stack.askSandbox('DELETE', '/sandbox/faults');
    await this.leasesRunOut(order);
  }

  private async trouble(service: string, operation: string): Promise<void> {
    await this.stack.askSandbox('PUT', '/sandbox/faults', { service, operation, mode: 'error-before' });
  }

  private async hasSentConfirm({ id }: ReadyOrder): Promise<boolean> {
    const [row] = await this.stack.sql<{ sent: boolean }>(
      `select first_sent_at is not null as sent from order_effects where order_id = $1 and kind = 'tickets.confirm'`,
      [id],
    );
    return row?.sent === true;
  }

  /** The wait for payment-service began longer ago than FENCE_MAX_MINUTES. */
  private async fenceIsTired({ id }: ReadyOrder): Promise<void> {
    await this.stack.sql(
      `update orders set op_started_at = op_started_at - interval '30 days', op_due_at = now(), op_lease_until = now()
        where id = $1 and op = 'expiring'`,
      [id],
    );
  }

  /** The buyer pays; nobody tells order-service. */
  async paid({ intentId }: ReadyOrder): Promise<void> {
    await this.stack.askSandbox('POST', `/sandbox/payment-intents/${intentId ?? ''}/pay`, {
      notify: 'never',
    });
  }

  /** The request that asks for a verb. */
  wish(verb: Exclude<Verb, 'expire by the clock'>, { id, token, intentId }: ReadyOrder): Wish {
    switch (verb) {
      case 'reserve':
        return post(`/api/v1/orders/${id}/reserve`, token);
      case 'cancel':
      case 'cancel while being issued':
        return post(`/api/v1/orders/${id}/cancel`, token);
      case 'refund':
        return post(`/api/v1/orders/${id}/refund`, token, { reason: 'cannot come' });
      case 'confirm':
      case 'recover':
        return post(`/internal/v1/orders/${id}/confirm`, this.serviceToken, { paymentIntentId: intentId });
      case 'expire':
        return post(`/internal/v1/orders/${id}/expire`, this.serviceToken, {});
    }
  }

  async status({ id }: ReadyOrder): Promise<string> {
    const [row] = await this.stack.sql<{ status: string }>('select status from orders where id = $1', [id]);
    return row?.status ?? 'not there';
  }

  /** What a dead or frozen holder had taken for itself runs out now, for this order. */
  async leasesRunOut({ id }: ReadyOrder): Promise<void> {
    await this.stack.sql('update orders set op_lease_until = now() where id = $1 and op is not null', [id]);
    await this.stack.sql(
      `update orders set op_due_at = now() where id = $1 and op in ('cancelling', 'expiring', 'recovering')`,
      [id],
    );
    await this.stack.sql(
      `update order_effects set lease_until = now(), due_at = now() where order_id = $1 and state = 'pending'`,
      [id],
    );
    await this.stack.sql(`update idempotency_keys set lease_until = now() where state = 'running'`);
    await this.stack.sql(`delete from lock_leases`);
  }

  /** The hour of the undo strikes: nobody came back for the reserve. */
  async undoIsDue({ id }: ReadyOrder): Promise<void> {
    await this.stack.sql(
      `update orders set op_due_at = now(), op_lease_until = now() where id = $1 and op = 'reserving'`,
      [id],
    );
  }

  /** The reservation's time is over. */
  async deadlinePasses({ id }: ReadyOrder): Promise<void> {
    await this.stack.sql(
      `update orders set expires_at = now() - interval '1 second' where id = $1 and status = 'RESERVED'`,
      [id],
    );
  }
}
