import type { OrderServiceClient } from '../../libs/client/src/index.js';
import { orderEvent, type Heard, type Listener } from './listener.js';

const PAGE_LIMIT = 500;

/** Without a broker a sibling reads the feed, and remembers how far it came. */
export class FeedListener implements Listener {
  readonly place = 'feed GET /internal/v1/events';
  private readonly events: Heard[] = [];
  private after: string | undefined;

  private constructor(private readonly sibling: OrderServiceClient) {}

  /** Skips what the feed holds of earlier times. */
  static async open(sibling: OrderServiceClient): Promise<FeedListener> {
    const listener = new FeedListener(sibling);
    await listener.heard();
    listener.events.length = 0;
    return listener;
  }

  async heard(): Promise<readonly Heard[]> {
    for (;;) {
      const position = this.after === undefined ? {} : { after: this.after };
      const { data, page } = await this.sibling.get('/internal/v1/events', {
        query: { limit: PAGE_LIMIT, ...position },
      });
      this.events.push(...data.map((event) => orderEvent.parse(event)));
      this.after = page.nextAfter;
      if (!page.hasMore) return [...this.events];
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
