import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Exchange } from '../invariants/books.js';
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
  refundedCents: z.number(),
  items: z.array(z.object({ id: z.string(), quantity: z.number() })),
  tickets: z.array(z.object({ id: z.string(), status: z.string() })),
  payment: z.object({ intentId: z.string() }).nullish(),
});
export type Order = z.infer<typeof order>;

const quote = z.object({ currency: z.string(), totalCents: z.number() });
export type Quote = z.infer<typeof quote>;

const refund = z.object({ id: z.string(), status: z.string(), amountCents: z.number() });
export type Refund = z.infer<typeof refund>;

const entry = z.object({ fromStatus: z.string().nullable(), toStatus: z.string() });

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

/** Longer than a restart and the leases that a dead process leaves behind. */
const SETTLED_WITHIN_MS = 60_000;
/** Five reserves a minute are allowed, so a client that is told to wait waits longer each time. */
const ASK_AGAIN_MAX = 8;
const PAUSE_MAX_MS = 8_000;
const RECONNECT_WITHIN_MS = 60_000;

/** One buyer at order-service; calls are told with their answers, and all of them remembered. */
export class BuyerSession {
  constructor(
    private readonly baseUrl: string,
    private readonly buyer: Buyer,
    private readonly telling: Telling,
    private readonly remember: (exchange: Exchange) => void,
  ) {}

  async quote(basket: Basket): Promise<Quote> {
    return this.expectBody(await this.post('/api/v1/orders/quote', basket), quote);
  }

  async create(basket: Basket, key: string = randomUUID()): Promise<Order> {
    return this.expectBody(await this.post('/api/v1/orders', basket, key), order);
  }

  async reserve(orderId: string): Promise<Order> {
    const answer = await this.insist(`/api/v1/orders/${orderId}/reserve`);
    this.tell('POST /api/v1/orders/{id}/reserve', answer);
    return this.expectBody(answer, order);
  }

  /** As a careful client does: an answer that says `retryable` is asked again with the same key. */
  async insist(path: string, body?: unknown): Promise<Answer> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send('POST', path, body, key);
      const isRetryable = problem.safeParse(answer.body).data?.retryable === true;
      if (!isRetryable || attempt === ASK_AGAIN_MAX) return answer;
      const askedPauseMs = 1_000 * Number(answer.headers.get('retry-after') ?? 1);
      await sleep(Math.max(askedPauseMs, Math.min(PAUSE_MAX_MS, 500 * 2 ** attempt)));
    }
  }

  /** What a refund would pay back. */
  async quoteRefund(
    orderId: string,
    items: readonly { readonly itemId: string; readonly quantity: number }[],
  ): Promise<number> {
    const answer = await this.send('POST', `/api/v1/orders/${orderId}/refund-quote`, { items });
    const { amountCents } = this.expectBody(answer, z.object({ amountCents: z.number() }));
    this.telling.call('POST /api/v1/orders/{id}/refund-quote', answer.status, `${amountCents} cents`);
    return amountCents;
  }

  /** Asks for a refund and waits until payment-service has settled it. */
  async refund(orderId: string, body: object): Promise<Refund> {
    const answer = await this.insist(`/api/v1/orders/${orderId}/refund`, body);
    this.telling.call('POST /api/v1/orders/{id}/refund', answer.status, refundGist(answer));
    const { id } = this.expectBody(answer, refund);
    const look = (): Promise<Answer> => this.send('GET', `/api/v1/orders/${orderId}/refunds/${id}`);
    const settled = await this.until(look, ({ body }) => refund.safeParse(body).data?.status !== 'PENDING');
    this.telling.call('GET /api/v1/orders/{id}/refunds/{id}', settled.status, refundGist(settled));
    return this.expectBody(settled, refund);
  }

  /** The statuses the order has been in, oldest first. */
  async statuses(orderId: string): Promise<readonly string[]> {
    const answer = await this.send('GET', `/api/v1/orders/${orderId}/events`);
    const { data } = this.expectBody(answer, z.object({ data: z.array(entry) }));
    return data.filter((row) => row.fromStatus !== row.toStatus).map((row) => row.toStatus);
  }

  async order(orderId: string): Promise<Order> {
    const answer = await this.send('GET', `/api/v1/orders/${orderId}`);
    return this.expectBody(answer, order);
  }

  /** Waits until the order shows the status; told once, with what was last seen. */
  async awaitStatus(orderId: string, status: string): Promise<Order> {
    const answer = await this.until(
      () => this.send('GET', `/api/v1/orders/${orderId}`),
      ({ body }) => order.safeParse(body).data?.status === status,
    );
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

  private async until(look: () => Promise<Answer>, isSettled: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    let answer = await look();
    while (!isSettled(answer) && performance.now() < deadline) {
      await sleep(500);
      answer = await look();
    }
    return answer;
  }

  /** A connection that breaks is made again: with the same key nothing happens twice. */
  private async send(method: 'GET' | 'POST', path: string, body?: unknown, key?: string): Promise<Answer> {
    const request = {
      method,
      path,
      headers: {
        authorization: `Bearer ${this.buyer.token}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body }),
    };
    for (const deadline = performance.now() + RECONNECT_WITHIN_MS; ;) {
      const answer = await send(this.baseUrl, request).catch((error: unknown) => {
        this.remember({ method, path, key: key ?? null, answer: null });
        if (performance.now() >= deadline) throw error;
        return null;
      });
      if (answer !== null) {
        const { status } = answer;
        this.remember({ method, path, key: key ?? null, answer: { status, body: answer.body } });
        return answer;
      }
      await sleep(500);
    }
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

function refundGist(answer: Answer): string {
  const made = refund.safeParse(answer.body).data;
  return made === undefined ? gistOf(answer) : `${made.status} ${made.amountCents} cents`;
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
