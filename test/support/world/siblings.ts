import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../../apps/sandbox/src/index.js';

export interface TestEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly currency: string;
  readonly ticketTypes: readonly { readonly id: string; readonly unitPriceCents: number }[];
}

export interface NewTestEvent {
  readonly tenantId?: string;
  readonly currency?: string;
  readonly startsInHours?: number;
  readonly purchaseLimitPerBuyer?: number;
  readonly stockMode?: 'atomic' | 'check-then-act';
  /** One ticket type unless `ticketTypes` says otherwise. */
  readonly unitPriceCents?: number;
  readonly capacity?: number;
  readonly ticketTypes?: readonly { readonly unitPriceCents: number; readonly capacity: number }[];
}

export interface Fault {
  readonly service: 'event-service' | 'ticket-service' | 'payment-service' | 'auth-service' | '*';
  readonly operation: string;
  readonly mode: string;
  readonly times?: number;
  readonly ms?: number;
}

export interface LedgerEntry {
  readonly service: string;
  readonly operation: string;
  readonly orderId: string;
  readonly key: string | null;
  readonly outcome: 'executed' | 'replayed' | 'refused';
  readonly generation?: number;
  readonly code?: string;
  readonly amountCents?: number;
}

export interface LedgerIntent {
  readonly paymentIntentId: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountCents: number;
  readonly amountReceivedCents: number;
  readonly refundedCents: number;
  readonly currency: string;
}

export interface LedgerStock {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
}

export interface LedgerBooks {
  readonly entries: readonly LedgerEntry[];
  readonly stock: readonly LedgerStock[];
  readonly intents: readonly LedgerIntent[];
  readonly oversold: number;
}

export interface Token {
  readonly token: string;
  readonly sub: string;
  readonly tenantId: string | null;
}

/** The sibling services, and the hands of the people who use them. */
export class Siblings {
  private constructor(private readonly sandbox: RunningSandbox) {}

  static async start(options: SandboxOptions): Promise<Siblings> {
    return new Siblings(await startSandbox({ port: 0, refundDelayMs: { min: 0, max: 0 }, ...options }));
  }

  get url(): string {
    return this.sandbox.url;
  }

  stop(): Promise<void> {
    return this.sandbox.stop();
  }

  createEvent(wish: NewTestEvent = {}): Promise<TestEvent> {
    const { unitPriceCents = 10_000, capacity = 100, ticketTypes, ...event } = wish;
    return this.send('POST', '/sandbox/events', {
      ...event,
      ticketTypes: ticketTypes ?? [{ unitPriceCents, capacity }],
    });
  }

  changeEvent(eventId: string, change: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.send('PATCH', `/sandbox/events/${eventId}`, change);
  }

  changeTicketType(ticketTypeId: string, change: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.send('PATCH', `/sandbox/ticket-types/${ticketTypeId}`, change);
  }

  token(wish: Readonly<Record<string, unknown>>): Promise<Token> {
    return this.send('POST', '/sandbox/tokens', wish);
  }

  /** The buyer pays; nobody is told, so that a test decides when order-service learns of it. */
  pay(paymentIntentId: string, wish: Readonly<Record<string, unknown>> = {}): Promise<LedgerIntent> {
    return this.send('POST', `/sandbox/payment-intents/${paymentIntentId}/pay`, { notify: 'never', ...wish });
  }

  useTicket(ticketId: string): Promise<unknown> {
    return this.send('POST', `/sandbox/tickets/${ticketId}/use`, {});
  }

  settings(change: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.send('PUT', '/sandbox/settings', change);
  }

  async fault(...faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) await this.send('PUT', '/sandbox/faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.send('DELETE', '/sandbox/faults');
  }

  /** How often the faults in force have struck so far. */
  async strikes(): Promise<number> {
    const { faults } = await this.send<{ readonly faults: readonly { readonly fired: number }[] }>(
      'GET',
      '/sandbox/faults',
    );
    return faults.reduce((sum, { fired }) => sum + fired, 0);
  }

  ledger(orderId?: string): Promise<LedgerBooks> {
    return this.send('GET', `/sandbox/ledger${orderId === undefined ? '' : `?orderId=${orderId}`}`);
  }

  async send<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Body> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} of the sandbox: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Body;
  }
}
