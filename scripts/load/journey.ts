import { setTimeout as sleep } from 'node:timers/promises';
import {
  OrderServiceClient,
  OrderServiceProblem,
  type Attempt,
  type BodyOf,
} from '../../libs/client/src/index.js';
import { oneTicketOf, type Buyer, type Show } from './people.js';
import type { Stage } from './stage.js';
import type { Tally } from './tally.js';

type Order = BodyOf<'POST', '/api/v1/orders'>;

const FIRST_LOOK_MS = 15;
const LOOK_MAX_MS = 250;
const COMPLETED_WITHIN_MS = 30_000;

/** A buyer's steps through a purchase, each counted where the caller wants it counted, and none of them repeated. */
export class Journey {
  private readonly client: OrderServiceClient;

  constructor(
    private readonly stage: Stage,
    buyer: Buyer,
    /** The process this buyer talks to. */
    private readonly url: string,
  ) {
    this.client = this.clientWith(buyer.token);
  }

  /** One ticket of the first kind. @returns undefined when it was refused */
  create(show: Show, tally?: Tally): Promise<Order | undefined> {
    return timed(tally, () => this.client.post('/api/v1/orders', { body: oneTicketOf(show) }));
  }

  /** @returns the payment intent; undefined when it was refused */
  async reserve(orderId: string, tally?: Tally): Promise<string | undefined> {
    const route = '/api/v1/orders/{orderId}/reserve';
    const reserved = await timed(tally, () => this.client.post(route, { path: { orderId } }));
    return reserved?.payment?.intentId;
  }

  async cancel(orderId: string, tally?: Tally): Promise<void> {
    await timed(tally, () => this.client.post('/api/v1/orders/{orderId}/cancel', { path: { orderId } }));
  }

  async refund(orderId: string, tally?: Tally): Promise<void> {
    const body = { reason: 'cannot come' };
    await timed(tally, () =>
      this.client.post('/api/v1/orders/{orderId}/refund', { path: { orderId }, body }),
    );
  }

  /** payment-service asks for the confirmation of what the buyer has paid. */
  async confirm(orderId: string, intentId: string, serviceToken: string, tally?: Tally): Promise<void> {
    const client = this.clientWith(serviceToken);
    const body = { paymentIntentId: intentId };
    await timed(tally, () =>
      client.post('/internal/v1/orders/{orderId}/confirm', { path: { orderId }, body }),
    );
  }

  async pay(intentId: string, notify: 'once' | 'never' = 'once'): Promise<void> {
    await this.stage.stack.ask('POST', `/sandbox/payment-intents/${intentId}/pay`, { notify });
  }

  /** @returns whether the order became COMPLETED in time */
  async awaitCompleted(orderId: string): Promise<boolean> {
    const deadlineMs = performance.now() + COMPLETED_WITHIN_MS;
    let pauseMs = FIRST_LOOK_MS;
    while (performance.now() < deadlineMs) {
      await sleep(pauseMs);
      const order = await this.client
        .get('/api/v1/orders/{orderId}', { path: { orderId } })
        .catch(() => undefined);
      if (order?.status === 'COMPLETED') return true;
      pauseMs = Math.min(LOOK_MAX_MS, 2 * pauseMs);
    }
    return false;
  }

  private clientWith(token: string): OrderServiceClient {
    return new OrderServiceClient({
      baseUrl: this.url,
      token,
      // What is measured is the service, not how patient its clients are.
      attemptsMax: 1,
      onAttempt: (attempt) => {
        this.note(attempt);
      },
    });
  }

  private note({ method, path, key, answer }: Attempt): void {
    const told = answer === undefined ? null : { status: answer.status, body: answer.body };
    if (method === 'POST') this.stage.answers.note({ method, path, key: key ?? null, answer: told });
  }
}

/** @returns undefined, and counts it, when the call was refused or not answered */
async function timed<T>(tally: Tally | undefined, call: () => Promise<T>): Promise<T | undefined> {
  const startedMs = performance.now();
  try {
    const body = await call();
    tally?.answered({ status: 200, ms: performance.now() - startedMs });
    return body;
  } catch (error) {
    const ms = performance.now() - startedMs;
    if (error instanceof OrderServiceProblem) {
      const { status, code, retryAfterSeconds } = error;
      tally?.answered({ status, ms, code });
      if ((status === 503 || status === 429) && retryAfterSeconds === undefined)
        tally?.failed('RETRY_AFTER_MISSING');
    } else tally?.unanswered('connection');
    return undefined;
  }
}

/** Lets `count` workers do `work` again and again until it says that there is no more. */
export async function inLanes(count: number, work: (lane: number) => Promise<boolean>): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_none, lane) => {
      while (await work(lane));
    }),
  );
}
