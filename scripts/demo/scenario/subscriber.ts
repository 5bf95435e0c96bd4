import { waitUntil } from '../../servers/wait-until.js';
import { firstTimes, type Heard } from '../listener.js';
import { buyTickets } from './bought.js';
import { plentifulOffer, type Section } from './section.js';

const TOLD = ['order.created', 'order.reserved', 'order.confirmed', 'order.completed'] as const;
const HEARD_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 250;

export const subscriber: Section = {
  title: 'A subscriber hears what happened',
  async play(stage) {
    const { telling } = stage;
    const listener = await stage.listener();
    telling.note(`somebody listens at the ${listener.place} since the story began`);
    const { order } = await buyTickets(stage, await plentifulOffer(stage), 1);
    let heard: readonly Heard[] = [];
    await waitUntil(
      async () => {
        heard = firstTimes(await listener.heard(), order.id);
        return heard.length >= TOLD.length;
      },
      { timeoutMs: HEARD_WITHIN_MS, pauseMs: ASK_EVERY_MS },
    );
    const account = heard.map(({ sequence, type }) => `${sequence} ${type}`).join(', ');
    telling.claim(
      'it heard the whole purchase, in order and without a gap',
      account === TOLD.map((type, index) => `${index + 1} ${type}`).join(', '),
      account || 'nothing',
    );
  },
};
