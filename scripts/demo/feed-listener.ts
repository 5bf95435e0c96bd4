import { z } from 'zod';
import { orderEvent, type Heard, type Listener } from './listener.js';
import type { ServiceSession } from './service-session.js';

const PAGE_LIMIT = 500;

const feed = z.object({
  data: z.array(orderEvent),
  page: z.object({ nextAfter: z.string(), hasMore: z.boolean() }),
});

/** Without a broker a sibling reads the feed, and remembers how far it came. */
export class FeedListener implements Listener {
  readonly place = 'feed GET /internal/v1/events';
  private readonly events: Heard[] = [];
  private after = '';

  private constructor(private readonly sibling: ServiceSession) {}

  /** Skips what the feed holds of earlier times. */
  static async open(sibling: ServiceSession): Promise<FeedListener> {
    const listener = new FeedListener(sibling);
    await listener.heard();
    listener.events.length = 0;
    return listener;
  }

  async heard(): Promise<readonly Heard[]> {
    for (;;) {
      const position = this.after === '' ? '' : `&after=${encodeURIComponent(this.after)}`;
      const answer = await this.sibling.get(`/internal/v1/events?limit=${PAGE_LIMIT}${position}`);
      const parsed = feed.safeParse(answer.body);
      if (!parsed.success)
        throw new Error(`The feed answered ${answer.status}: ${JSON.stringify(answer.body ?? null)}`);
      const { data, page } = parsed.data;
      this.events.push(...data);
      this.after = page.nextAfter;
      if (!page.hasMore) return [...this.events];
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
