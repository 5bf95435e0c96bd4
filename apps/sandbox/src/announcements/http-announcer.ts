import { Agent, request } from 'undici';
import type { TokenMint } from '../auth/token-mint.js';
import type { PendingWork } from '../pending-work.js';
import type { Settings } from '../settings.js';
import { announcementId, type Announcement, type Announcer } from './announcer.js';

const TRIES_MAX = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
const TRY_TIMEOUT_MS = 10_000;
/** 4xx that another try may turn: a conflict of the moment, and "slow down". */
const PASSING: ReadonlySet<number> = new Set([409, 429]);

/**
 * Without a broker order-service learns of a payment through its confirm route, and of nothing else:
 * it has no route for the other messages.
 */
export class HttpAnnouncer implements Announcer {
  private readonly agent = new Agent({ connectTimeout: TRY_TIMEOUT_MS });
  private readonly stopping = new AbortController();

  constructor(
    private readonly settings: Settings,
    private readonly mint: TokenMint,
    private readonly pending: PendingWork,
  ) {}

  announce(announcement: Announcement): void {
    if (announcement.pattern === 'payment.succeeded') void this.deliver(announcement);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.agent.destroy();
  }

  private async deliver(announcement: Announcement): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      if (this.stopping.signal.aborted || (await this.isSettled(announcement))) return;
      if (tries === TRIES_MAX || !(await this.pending.sleep(pauseMs))) return;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Whether another try is pointless: it was taken in, or refused for good. */
  private async isSettled(announcement: Announcement): Promise<boolean> {
    try {
      const status = await this.post(announcement);
      return (status >= 200 && status < 300) || (status >= 400 && status < 500 && !PASSING.has(status));
    } catch {
      return false;
    }
  }

  private async post(announcement: Announcement): Promise<number> {
    const { payload } = announcement;
    const address = `${this.settings.orderServiceUrl}/internal/v1/orders/${String(payload.orderId)}/confirm`;
    const { statusCode, body } = await request(address, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.mint.ownServiceToken()}`,
        'content-type': 'application/json',
        'idempotency-key': announcementId(announcement),
        'x-tenant-id': payload.tenantId,
      },
      body: JSON.stringify({ paymentIntentId: payload.paymentIntentId }),
      dispatcher: this.agent,
      headersTimeout: TRY_TIMEOUT_MS,
      bodyTimeout: TRY_TIMEOUT_MS,
      signal: this.stopping.signal,
    });
    await body.dump();
    return statusCode;
  }
}
