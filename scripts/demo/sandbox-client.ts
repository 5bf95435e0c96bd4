import { z } from 'zod';
import { send, type HttpRequest } from './http-client.js';

const buyer = z.object({ token: z.string(), sub: z.string(), tenantId: z.string() });
export type Buyer = z.infer<typeof buyer>;
const serviceToken = z.object({ token: z.string() });

const event = z.object({
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  status: z.string(),
  currency: z.string(),
  ticketTypes: z.array(
    z.object({ id: z.string(), name: z.string(), unitPriceCents: z.number(), available: z.number() }),
  ),
});
export type SandboxEvent = z.infer<typeof event>;

const catalog = z.object({ tenantId: z.string(), events: z.array(event) });
export type Catalog = z.infer<typeof catalog>;

/** An event of a section's own. */
export interface EventWish {
  readonly name: string;
  readonly stockMode: 'atomic' | 'check-then-act';
  readonly ticketTypes: readonly {
    readonly name: string;
    readonly unitPriceCents: number;
    readonly capacity: number;
  }[];
}

const ledger = z.object({
  entries: z.array(
    z.object({
      service: z.string(),
      operation: z.string(),
      outcome: z.enum(['executed', 'replayed', 'refused']),
      amountCents: z.number().optional(),
    }),
  ),
  stock: z.array(
    z.object({ ticketTypeId: z.string(), held: z.number(), sold: z.number(), oversold: z.number() }),
  ),
  intents: z.array(
    z.object({
      paymentIntentId: z.string(),
      status: z.string(),
      amountReceivedCents: z.number(),
      refundedCents: z.number(),
    }),
  ),
});
export type Ledger = z.infer<typeof ledger>;

const faults = z.object({
  faults: z.array(z.object({ operation: z.string(), mode: z.string(), fired: z.number() })),
});

export interface Fault {
  readonly service: string;
  readonly operation: string;
  readonly mode: string;
  /** Without it the fault strikes until it is cleared. */
  readonly times?: number;
  readonly ms?: number;
}

/** The sandbox's own routes: tokens, catalogue, the buyer's payment page, faults and the books. */
export class SandboxClient {
  constructor(private readonly baseUrl: string) {}

  /** A user nobody has seen before, with rate limits of their own. */
  async newBuyer(): Promise<Buyer> {
    return buyer.parse(await this.ask({ method: 'POST', path: '/sandbox/tokens', body: {} }));
  }

  async catalog(): Promise<Catalog> {
    return catalog.parse(await this.ask({ method: 'GET', path: '/sandbox/catalog' }));
  }

  async newEvent(wish: EventWish): Promise<SandboxEvent> {
    return event.parse(await this.ask({ method: 'POST', path: '/sandbox/events', body: wish }));
  }

  /** The organiser calls an event off; event-service tells the others when there is a broker. */
  async cancelEvent(eventId: string): Promise<void> {
    const body = { status: 'CANCELLED' };
    await this.ask({ method: 'PATCH', path: `/sandbox/events/${eventId}`, body });
  }

  /** A token of a sibling service that may do what the scopes say. */
  async serviceToken(tenantId: string, scope: string): Promise<string> {
    const body = { type: 'service', tenantId, scope };
    return serviceToken.parse(await this.ask({ method: 'POST', path: '/sandbox/tokens', body })).token;
  }

  /** The buyer pays; `never` leaves order-service without a word of it. */
  async pay(paymentIntentId: string, notify: 'once' | 'never' = 'once'): Promise<void> {
    await this.ask({
      method: 'POST',
      path: `/sandbox/payment-intents/${paymentIntentId}/pay`,
      body: { notify },
    });
  }

  /** The siblings' books, or what they say of one order. */
  async ledger(orderId?: string): Promise<Ledger> {
    const filter = orderId === undefined ? '' : `?orderId=${orderId}`;
    return ledger.parse(await this.ask({ method: 'GET', path: `/sandbox/ledger${filter}` }));
  }

  async setFault(fault: Fault): Promise<void> {
    await this.ask({ method: 'PUT', path: '/sandbox/faults', body: fault });
  }

  /** How often faults of this operation have struck. */
  async strikesOf(operation: string): Promise<number> {
    const answer = faults.parse(await this.ask({ method: 'GET', path: '/sandbox/faults' }));
    return answer.faults
      .filter((fault) => fault.operation === operation)
      .reduce((sum, fault) => sum + fault.fired, 0);
  }

  async clearFaults(): Promise<void> {
    await this.ask({ method: 'DELETE', path: '/sandbox/faults' });
  }

  private async ask(request: HttpRequest): Promise<unknown> {
    const answer = await send(this.baseUrl, request);
    if (answer.status >= 400) {
      throw new Error(
        `The sandbox answered ${request.method} ${request.path} with ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
    }
    return answer.body;
  }
}
