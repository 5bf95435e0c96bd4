import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { send, type Answer, type HttpRequest } from '../demo/http-client.js';
import { codeOf } from './closed-load.js';
import { createOneTicket, type Buyer, type Show } from './people.js';
import type { Stage } from './stage.js';
import type { Tally } from './tally.js';

const order = z.object({
  id: z.string(),
  status: z.string(),
  payment: z.object({ intentId: z.string() }).nullish(),
});
export type Order = z.infer<typeof order>;

const FIRST_LOOK_MS = 15;
const LOOK_MAX_MS = 250;
const COMPLETED_WITHIN_MS = 30_000;

/** A buyer's steps through a purchase, each counted where the caller wants it counted. */
export class Journey {
  constructor(
    private readonly stage: Stage,
    readonly buyer: Buyer,
    /** The process this buyer talks to. */
    private readonly url: string,
  ) {}

  /** @returns undefined when it was refused */
  async create(show: Show, tally?: Tally): Promise<Order | undefined> {
    const { body, path } = createOneTicket(this.buyer, show);
    return this.change(path, tally, JSON.parse(body ?? '{}'));
  }

  async reserve(orderId: string, tally?: Tally): Promise<Order | undefined> {
    return this.change(`/api/v1/orders/${orderId}/reserve`, tally);
  }

  async cancel(orderId: string, tally?: Tally): Promise<Order | undefined> {
    return this.change(`/api/v1/orders/${orderId}/cancel`, tally);
  }

  async refund(orderId: string, tally?: Tally): Promise<void> {
    await this.timed(tally, `/api/v1/orders/${orderId}/refund`, { reason: 'cannot come' });
  }

  /** payment-service asks for the confirmation of what the buyer has paid. */
  async confirm(orderId: string, intentId: string, serviceToken: string, tally?: Tally): Promise<void> {
    const path = `/internal/v1/orders/${orderId}/confirm`;
    await this.timed(tally, path, { paymentIntentId: intentId }, serviceToken);
  }

  async pay(intentId: string, notify: 'once' | 'never' = 'once'): Promise<void> {
    await this.stage.stack.ask('POST', `/sandbox/payment-intents/${intentId}/pay`, { notify });
  }

  /** @returns whether the order became COMPLETED in time */
  async awaitCompleted(orderId: string): Promise<boolean> {
    const deadlineMs = performance.now() + COMPLETED_WITHIN_MS;
    for (
      let pauseMs = FIRST_LOOK_MS;
      performance.now() < deadlineMs;
      pauseMs = Math.min(LOOK_MAX_MS, 2 * pauseMs)
    ) {
      await sleep(pauseMs);
      const answer = await this.send({ method: 'GET', path: `/api/v1/orders/${orderId}` }, this.buyer.token);
      if (order.safeParse(answer.body).data?.status === 'COMPLETED') return true;
    }
    return false;
  }

  private async change(path: string, tally: Tally | undefined, body?: unknown): Promise<Order | undefined> {
    const answer = await this.timed(tally, path, body);
    return answer === undefined || answer.status >= 300 ? undefined : order.parse(answer.body);
  }

  private async timed(
    tally: Tally | undefined,
    path: string,
    body?: unknown,
    token: string = this.buyer.token,
  ): Promise<Answer | undefined> {
    const startedMs = performance.now();
    const key = randomUUID();
    const headers = { 'idempotency-key': key };
    const request = { method: 'POST', path, headers, ...(body === undefined ? {} : { body }) } as const;
    try {
      const answer = await this.send(request, token);
      const { status } = answer;
      const code = status < 300 ? undefined : codeOf(JSON.stringify(answer.body ?? null), status);
      tally?.answered({ status, ms: performance.now() - startedMs, code });
      this.stage.answers.note({ method: 'POST', path, key, answer: { status, body: answer.body } });
      return answer;
    } catch {
      tally?.unanswered('connection');
      return undefined;
    }
  }

  private send(request: HttpRequest, token: string): Promise<Answer> {
    return send(this.url, {
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
    });
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
