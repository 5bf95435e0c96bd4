import type { Answer } from '../../../libs/client/src/index.js';
import { answerOf, codeOf } from '../order-client.js';
import type { Stage } from './section.js';

/** What a scheduler asks for when a reservation's time is over: the same path as the service's own job. */
export async function expireOrder(stage: Stage, tenantId: string, orderId: string): Promise<Answer> {
  const sibling = await stage.newService(tenantId, 'orders:expire');
  const answer = await answerOf(
    sibling.call('POST', '/internal/v1/orders/{orderId}/expire', { path: { orderId } }),
  );
  stage.telling.call('POST /internal/v1/orders/{id}/expire', answer.status, codeOf(answer));
  return answer;
}
