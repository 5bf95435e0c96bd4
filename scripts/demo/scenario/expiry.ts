import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { send, type Answer } from '../http-client.js';
import type { Stage } from './section.js';

const problem = z.object({ code: z.string().optional(), retryable: z.boolean().optional() });
const WITHIN_MS = 60_000;

/** What a scheduler asks for when a reservation's time is over: the same path as the service's own job. */
export async function expireOrder(stage: Stage, tenantId: string, orderId: string): Promise<Answer> {
  const token = await stage.sandbox.serviceToken(tenantId);
  const key = randomUUID();
  const ask = (): Promise<Answer> =>
    send(stage.addresses.service, {
      method: 'POST',
      path: `/internal/v1/orders/${orderId}/expire`,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
      body: {},
    });
  for (const deadline = performance.now() + WITHIN_MS; ;) {
    const answer = await ask().catch(() => null);
    const said = problem.safeParse(answer?.body).data;
    if ((answer !== null && said?.retryable !== true) || performance.now() >= deadline) {
      if (answer === null) throw new Error('order-service did not answer the expiry.');
      stage.telling.call('POST /internal/v1/orders/{id}/expire', answer.status, said?.code ?? '');
      return answer;
    }
    await sleep(1_000);
  }
}
