import type { Answer } from '../http-client.js';
import { codeOf } from '../service-session.js';
import type { Stage } from './section.js';

/** What a scheduler asks for when a reservation's time is over: the same path as the service's own job. */
export async function expireOrder(stage: Stage, tenantId: string, orderId: string): Promise<Answer> {
  const sibling = await stage.newService(tenantId, 'orders:expire');
  const answer = await sibling.post(`/internal/v1/orders/${orderId}/expire`, {});
  stage.telling.call('POST /internal/v1/orders/{id}/expire', answer.status, codeOf(answer));
  return answer;
}
