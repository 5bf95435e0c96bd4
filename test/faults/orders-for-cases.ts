import { z } from 'zod';
import { post, type Clients, type Wish } from './clients.js';
import type { Verb } from './cases.js';
import type { ServiceProcess, Stack } from './stack.js';

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

  /** An order just before its verb: PENDING for reserve, RESERVED for confirm, cancel and expire, COMPLETED for refund. */
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
      case 'cancel':
        return post(`/api/v1/orders/${id}/${verb}`, token);
      case 'refund':
        return post(`/api/v1/orders/${id}/refund`, token, { reason: 'cannot come' });
      case 'confirm':
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
