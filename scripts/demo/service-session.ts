import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { send, type Answer, type HttpRequest } from './http-client.js';

const problem = z.object({ code: z.string().optional(), retryable: z.boolean().optional() });
const WITHIN_MS = 60_000;
const PAUSE_MS = 1_000;

/** A sibling service at order-service's internal routes; what breaks or says `retryable` is asked again. */
export class ServiceSession {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async get(path: string): Promise<Answer> {
    return this.insist({ method: 'GET', path, headers: this.headers() });
  }

  async post(path: string, body: object): Promise<Answer> {
    const headers = { ...this.headers(), 'idempotency-key': randomUUID() };
    return this.insist({ method: 'POST', path, headers, body });
  }

  private headers(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` };
  }

  private async insist(request: HttpRequest): Promise<Answer> {
    for (const deadline = performance.now() + WITHIN_MS; ;) {
      const answer = await send(this.baseUrl, request).catch(() => null);
      const isTimeOver = performance.now() >= deadline;
      if (answer !== null && (isTimeOver || problem.safeParse(answer.body).data?.retryable !== true))
        return answer;
      if (isTimeOver) throw new Error(`order-service did not answer ${request.method} ${request.path}.`);
      await sleep(PAUSE_MS);
    }
  }
}

/** The code of a refusal; empty for anything else. */
export function codeOf(answer: Answer): string {
  return problem.safeParse(answer.body).data?.code ?? '';
}
