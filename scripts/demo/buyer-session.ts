import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { send, type Answer } from './http-client.js';
import type { Buyer } from './sandbox-client.js';
import { money, type Telling } from './telling.js';

const order = z.object({
  id: z.string(),
  orderNumber: z.string(),
  status: z.string(),
  currency: z.string(),
  totalCents: z.number(),
  paymentIntentId: z.string().nullish(),
  tickets: z.array(z.object({ id: z.string() })),
  payment: z.object({ intentId: z.string() }).nullish(),
});
export type Order = z.infer<typeof order>;

const quote = z.object({ currency: z.string(), totalCents: z.number() });
export type Quote = z.infer<typeof quote>;

const problem = z.object({ code: z.string(), retryable: z.boolean().optional() });

/** What the buyer puts into the basket. */
export interface Basket {
  readonly eventId: string;
  readonly items: readonly {
    readonly ticketTypeId: string;
    readonly quantity: number;
    readonly unitPriceCents?: number;
  }[];
  readonly expectedTotalCents?: number;
}

const SETTLED_WITHIN_MS = 30_000;

/** One buyer at order-service; every call is told with its answer. */
export class BuyerSession {
  constructor(
    private readonly baseUrl: string,
    private readonly buyer: Buyer,
    private readonly telling: Telling,
  ) {}

  async quote(basket: Basket): Promise<Quote> {
    return this.expectBody(await this.post('/api/v1/orders/quote', basket), quote);
  }

  async create(basket: Basket, key: string = randomUUID()): Promise<Order> {
    return this.expectBody(await this.post('/api/v1/orders', basket, key), order);
  }

  /**
   * Reserves as a careful client does: an answer that says `retryable` is asked again with the same key, at most four
   * times, because five reserves a minute are allowed.
   */
  async reserve(orderId: string): Promise<Order> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.post(`/api/v1/orders/${orderId}/reserve`, undefined, key);
      const isRetryable = problem.safeParse(answer.body).data?.retryable === true;
      if (!isRetryable || attempt === 4) return this.expectBody(answer, order);
      await sleep(1_000 * Math.min(Number(answer.headers.get('retry-after') ?? 1), 5));
    }
  }

  async order(orderId: string): Promise<Order> {
    const answer = await this.send('GET', `/api/v1/orders/${orderId}`);
    return this.expectBody(answer, order);
  }

  /** Waits until the order shows the status; told once, with what was last seen. */
  async awaitStatus(orderId: string, status: string): Promise<Order> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    let answer = await this.send('GET', `/api/v1/orders/${orderId}`);
    while (order.safeParse(answer.body).data?.status !== status && performance.now() < deadline) {
      await sleep(500);
      answer = await this.send('GET', `/api/v1/orders/${orderId}`);
    }
    this.tell('GET /api/v1/orders/{id}', answer);
    return this.expectBody(answer, order);
  }

  async orderCount(): Promise<number> {
    const answer = await this.send('GET', '/api/v1/orders');
    const list = this.expectBody(answer, z.object({ data: z.array(order) }));
    this.telling.call('GET /api/v1/orders', answer.status, `${list.data.length} order(s)`);
    return list.data.length;
  }

  /** A post whose answer is for the section to judge. */
  async post(path: string, body: unknown, key?: string): Promise<Answer> {
    const answer = await this.send('POST', path, body, key);
    this.tell(`POST ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}')}`, answer);
    return answer;
  }

  /** The same without a word, for many at once. */
  async postSilently(path: string, body: unknown, key: string): Promise<Answer> {
    return this.send('POST', path, body, key);
  }

  private send(method: 'GET' | 'POST', path: string, body?: unknown, key?: string): Promise<Answer> {
    return send(this.baseUrl, {
      method,
      path,
      headers: {
        authorization: `Bearer ${this.buyer.token}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body }),
    });
  }

  private tell(request: string, answer: Answer): void {
    this.telling.call(request, answer.status, gistOf(answer));
  }

  private expectBody<T>(answer: Answer, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(answer.body);
    if (answer.status < 400 && parsed.success) return parsed.data;
    throw new Error(
      `order-service answered ${answer.status}: ${JSON.stringify(answer.body ?? null).slice(0, 600)}`,
    );
  }
}

/** The one line of an answer that a reader wants. */
function gistOf(answer: Answer): string {
  const refused = problem.safeParse(answer.body);
  if (refused.success) return refused.data.code;
  const made = order.safeParse(answer.body);
  if (made.success) {
    return `${made.data.orderNumber} ${made.data.status} ${money(made.data.totalCents, made.data.currency)}`;
  }
  const priced = quote.safeParse(answer.body);
  return priced.success ? `total ${money(priced.data.totalCents, priced.data.currency)}` : '';
}
