import { randomUUID } from 'node:crypto';
import { DEFAULT_TENANT_ID, startSandbox, type RunningSandbox, type SandboxOptions } from '../src/index.js';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TestEvent {
  readonly id: string;
  readonly ticketTypes: readonly { readonly id: string }[];
}

const running: RunningSandbox[] = [];

export async function startForTest(options: SandboxOptions = {}): Promise<TestSandbox> {
  const sandbox = await startSandbox({ port: 0, refundDelayMs: { min: 0, max: 0 }, ...options });
  running.push(sandbox);
  return new TestSandbox(sandbox);
}

/** Call it in `afterEach`: no sandbox outlives its test. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.stop()));
}

/** The sandbox as order-service and as a test see it, over real HTTP. */
export class TestSandbox {
  constructor(private readonly sandbox: RunningSandbox) {}

  get url(): string {
    return this.sandbox.url;
  }

  stop(): Promise<void> {
    return this.sandbox.stop();
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'x-tenant-id': DEFAULT_TENANT_ID, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  post(path: string, body: unknown = {}, key?: string): Promise<Answer> {
    return this.send('POST', path, body, key === undefined ? {} : { 'idempotency-key': key });
  }

  async event(capacity: number, more: Readonly<Record<string, unknown>> = {}): Promise<TestEvent> {
    const ticketTypes = [{ unitPriceCents: 10_000, capacity }];
    const { body } = await this.post('/sandbox/events', { ticketTypes, ...more });
    return body as unknown as TestEvent;
  }

  async intent(orderId: string = randomUUID()): Promise<string> {
    const { body } = await this.post('/internal/payment-intents', anIntent(orderId), `intent:${orderId}:1`);
    return String(body.paymentIntentId);
  }

  async ledger(orderId?: string): Promise<Ledger> {
    const { body } = await this.send(
      'GET',
      `/sandbox/ledger${orderId === undefined ? '' : `?orderId=${orderId}`}`,
    );
    return body as unknown as Ledger;
  }
}

export interface Ledger {
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly stock: readonly { readonly ticketTypeId: string; readonly held: number; readonly sold: number }[];
  readonly intents: readonly Readonly<Record<string, unknown>>[];
  readonly oversold: number;
}

export function anIntent(orderId: string): Readonly<Record<string, unknown>> {
  return { orderId, generation: 1, amountCents: 11_686, currency: 'USD', userId: randomUUID() };
}

export interface ReservationBody {
  readonly orderId: string;
  readonly generation: number;
  readonly eventId: string;
  readonly items: readonly { readonly ticketTypeId: string; readonly quantity: number }[];
  readonly expiresAt: string;
}

export function aReservation(
  event: TestEvent,
  quantity: number,
  orderId: string = randomUUID(),
): ReservationBody {
  return {
    orderId,
    generation: 1,
    eventId: event.id,
    items: event.ticketTypes.map((type) => ({ ticketTypeId: type.id, quantity })),
    expiresAt: '2040-01-01T00:00:00.000Z',
  };
}
