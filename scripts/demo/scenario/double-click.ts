import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Answer } from '../../../libs/client/src/index.js';
import { codeOf } from '../order-client.js';
import { plentifulOffer, type Section } from './section.js';

const CLICKS = 20;
const named = z.object({ id: z.string() });
/** What a click may be told besides "here is your order": wait for the first one, or slow down (10 a minute). */
const PATIENCE = new Set(['IDEMPOTENCY_KEY_IN_USE', 'RATE_LIMITED']);

export const doubleClick: Section = {
  title: `An impatient buyer clicks ${CLICKS} times`,
  async play(stage) {
    const { telling } = stage;
    const offer = await plentifulOffer(stage);
    const buyer = await stage.newBuyer();
    const basket = { eventId: offer.eventId, items: [{ ticketTypeId: offer.ticketTypeId, quantity: 1 }] };
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: CLICKS }, () => buyer.click(basket, key)));
    for (const [gist, count] of countedBy(answers, gistOf))
      telling.note(`${String(count).padStart(3)} × ${gist}`);
    const made = answers.filter((answer) => answer.status === 201);
    const ids = new Set(made.map((answer) => named.safeParse(answer.body).data?.id));
    telling.claim(
      'every 201 names the same order',
      made.length > 0 && ids.size === 1,
      `${ids.size} order id(s)`,
    );
    const others = answers.filter((answer) => answer.status !== 201 && !PATIENCE.has(codeOf(answer)));
    telling.claim(
      'every other answer asks for patience',
      others.length === 0,
      `${others.length} other answer(s)`,
    );
    const orders = await buyer.orderCount();
    telling.claim('there is one order', orders === 1, `${orders} order(s)`);
  },
};

function gistOf(answer: Answer): string {
  const replayed = answer.headers.get('idempotency-replayed') === 'true' ? ' replayed' : '';
  return `${answer.status} ${codeOf(answer)}${replayed}`.trim();
}

function countedBy<T>(values: readonly T[], name: (value: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(name(value), (counts.get(name(value)) ?? 0) + 1);
  return counts;
}
