import { setTimeout as sleep } from 'node:timers/promises';
import {
  OrderServiceUnreachable,
  type Answer,
  type OrderServiceClient,
  type Schemas,
} from '../../libs/client/src/index.js';
import type { Exchange } from '../invariants/books.js';
import { answerOf, codeOf, orderClient } from './order-client.js';
import type { Buyer } from './sandbox-client.js';
import { money, type Telling } from './telling.js';

export type Basket = Schemas['CreateOrderRequest'];
export type Order = Schemas['OrderDto'];
type Reserved = Schemas['ReservedOrderDto'];
type Quote = Schemas['QuoteDto'];
type Refund = Schemas['RefundDto'];
type RefundWish = Schemas['RefundOrderRequest'];

/** Longer than a restart and the leases that a dead process leaves behind. */
const SETTLED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** One buyer at order-service; calls are told with their answers, and all of them remembered. */
export class BuyerSession {
  readonly client: OrderServiceClient;

  constructor(
    baseUrl: string,
    buyer: Buyer,
    private readonly telling: Telling,
    remember: (exchange: Exchange) => void,
  ) {
    this.client = orderClient(baseUrl, buyer.token, ({ method, path, key = null, answer }) => {
      const heard = answer === undefined ? null : { status: answer.status, body: answer.body };
      remember({ method, path, key, answer: heard });
    });
  }

  async quote(basket: Basket): Promise<Quote> {
    const call = this.client.call('POST', '/api/v1/orders/quote', { body: basket });
    return this.told(
      'POST /api/v1/orders/quote',
      call,
      (body) => `total ${money(body.totalCents, body.currency)}`,
    );
  }

  async create(basket: Basket): Promise<Order> {
    return this.told(
      'POST /api/v1/orders',
      this.client.call('POST', '/api/v1/orders', { body: basket }),
      gistOf,
    );
  }

  /** An order whose answer is for the section to judge. */
  async tryToCreate(basket: Basket): Promise<Answer> {
    const answer = await answerOf(this.client.call('POST', '/api/v1/orders', { body: basket }));
    this.telling.call('POST /api/v1/orders', answer.status, codeOf(answer));
    return answer;
  }

  /** One click of many: what the client would be patient about is an answer too. */
  async click(basket: Basket, idempotencyKey: string): Promise<Answer> {
    const once = { body: basket, idempotencyKey, attemptsMax: 1 };
    for (const deadline = performance.now() + SETTLED_WITHIN_MS; ;) {
      const answer = await answerOf(this.client.call('POST', '/api/v1/orders', once)).catch(
        (error: unknown) => {
          if (error instanceof OrderServiceUnreachable && performance.now() < deadline) return undefined;
          throw error;
        },
      );
      if (answer !== undefined) return answer;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async reserve(orderId: string): Promise<Reserved> {
    const call = this.client.call('POST', '/api/v1/orders/{orderId}/reserve', { path: { orderId } });
    return this.told('POST /api/v1/orders/{id}/reserve', call, gistOf);
  }

  /** What a refund would pay back. */
  async quoteRefund(orderId: string, items: RefundWish['items'] = []): Promise<number> {
    const call = this.client.call('POST', '/api/v1/orders/{orderId}/refund-quote', {
      path: { orderId },
      body: { items },
    });
    const quoted = await this.told(
      'POST /api/v1/orders/{id}/refund-quote',
      call,
      ({ amountCents }) => `${amountCents} cents`,
    );
    return quoted.amountCents;
  }

  /** Asks for a refund and waits until payment-service has settled it. */
  async refund(orderId: string, body: RefundWish): Promise<Refund> {
    const call = this.client.call('POST', '/api/v1/orders/{orderId}/refund', { path: { orderId }, body });
    const { id: refundId } = await this.told('POST /api/v1/orders/{id}/refund', call, refundGist);
    const settled = until(
      () =>
        this.client.call('GET', '/api/v1/orders/{orderId}/refunds/{refundId}', {
          path: { orderId, refundId },
        }),
      ({ body }) => body.status !== 'PENDING',
    );
    return this.told('GET /api/v1/orders/{id}/refunds/{id}', settled, refundGist);
  }

  /** The statuses the order has been in, oldest first. */
  async statuses(orderId: string): Promise<readonly string[]> {
    const statuses: string[] = [];
    for await (const entry of this.client.each('/api/v1/orders/{orderId}/events', { path: { orderId } })) {
      if (entry.toStatus !== null && entry.fromStatus !== entry.toStatus) statuses.push(entry.toStatus);
    }
    return statuses;
  }

  async order(orderId: string): Promise<Order> {
    return this.client.get('/api/v1/orders/{orderId}', { path: { orderId } });
  }

  /** Waits until the order shows the status; told once, with what was last seen. */
  async awaitStatus(orderId: string, status: string): Promise<Order> {
    const seen = until(
      () => this.client.call('GET', '/api/v1/orders/{orderId}', { path: { orderId } }),
      ({ body }) => body.status === status,
    );
    return this.told('GET /api/v1/orders/{id}', seen, gistOf);
  }

  async orderCount(): Promise<number> {
    const call = this.client.call('GET', '/api/v1/orders');
    const { data } = await this.told('GET /api/v1/orders', call, (list) => `${list.data.length} order(s)`);
    return data.length;
  }

  private async told<Body>(
    request: string,
    call: Promise<Answer<Body>>,
    gist: (body: Body) => string,
  ): Promise<Body> {
    const { status, body } = await call;
    this.telling.call(request, status, gist(body));
    return body;
  }
}

async function until<Body>(
  look: () => Promise<Answer<Body>>,
  isSettled: (answer: Answer<Body>) => boolean,
): Promise<Answer<Body>> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  let answer = await look();
  while (!isSettled(answer) && performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    answer = await look();
  }
  return answer;
}

function refundGist({ status, amountCents }: Refund): string {
  return `${status} ${amountCents} cents`;
}

function gistOf({ orderNumber, status, totalCents, currency }: Order | Reserved): string {
  return `${orderNumber} ${status} ${money(totalCents, currency)}`;
}
