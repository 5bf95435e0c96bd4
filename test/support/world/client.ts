import { randomUUID } from 'node:crypto';

/** An answer of the service; the text is kept because replays are compared byte for byte. */
export interface Answer<Body = Readonly<Record<string, unknown>>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export interface OrderItemView {
  readonly id: string;
  readonly ticketTypeId: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly refundedQuantity: number;
}

export interface TicketView {
  readonly id: string;
  readonly itemId: string;
  readonly status: 'ISSUED' | 'VOID';
}

/** What tests read of an order's body. */
export interface OrderView {
  readonly id: string;
  readonly eventId: string;
  readonly userId: string;
  readonly status: string;
  readonly version: number;
  readonly currency: string;
  readonly discountCents: number;
  readonly totalCents: number;
  readonly refundedCents: number;
  readonly pendingRefundCents: number;
  readonly items: readonly OrderItemView[];
  readonly tickets: readonly TicketView[];
  readonly paymentIntentId: string | null;
  readonly reservationExpiresAt: string | null;
  readonly expiresAt: string | null;
  readonly pendingAction: string | null;
  readonly cancelReason: string | null;
  readonly allowedActions: readonly string[];
}

export interface ReservedView extends OrderView {
  readonly payment: { readonly intentId: string; readonly clientSecret: string | null } | null;
}

export interface ConfirmedView extends OrderView {
  readonly paymentOutcome: string;
}

export interface RefundView {
  readonly id: string;
  readonly orderId: string;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  readonly amountCents: number;
  readonly currency: string;
  readonly failureCode: string | null;
}

export interface SendOptions {
  /** A fresh key unless a test names one; null sends none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where requests go: one of the running instances, in turn. */
export type NextAddress = () => string;

/** Somebody with a token, speaking real HTTP. */
export class Client {
  constructor(
    private readonly nextAddress: NextAddress,
    readonly token: string,
    readonly id: string,
    readonly tenantId: string,
    private readonly always: Readonly<Record<string, string>> = {},
  ) {}

  get<Body = Readonly<Record<string, unknown>>>(path: string): Promise<Answer<Body>> {
    return this.send('GET', path, undefined, {});
  }

  post<Body = Readonly<Record<string, unknown>>>(
    path: string,
    body: unknown = {},
    { key = randomUUID(), headers = {} }: SendOptions = {},
  ): Promise<Answer<Body>> {
    return this.send('POST', path, body, {
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...headers,
    });
  }

  private async send<Body>(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.nextAddress()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.always,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (text === '' ? {} : JSON.parse(text)) as Body,
    };
  }
}
