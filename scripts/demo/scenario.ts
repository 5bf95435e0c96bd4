import type { OrderServiceClient } from '../../libs/client/src/index.js';
import { BrokerListener, type Broker } from './broker-listener.js';
import { BuyerSession } from './buyer-session.js';
import type { Addresses } from './child-environments.js';
import { FeedListener } from './feed-listener.js';
import type { Listener } from './listener.js';
import { orderClient } from './order-client.js';
import { SandboxClient } from './sandbox-client.js';
import type { Exchange } from '../invariants/books.js';
import { booksAgree } from './scenario/books-agree.js';
import { calledOff } from './scenario/called-off.js';
import { changedPrice } from './scenario/changed-price.js';
import { doubleClick } from './scenario/double-click.js';
import { fortyBuyers, fortyUnguardedBuyers } from './scenario/forty-buyers.js';
import { lastSecondPayment } from './scenario/last-second-payment.js';
import { latePayment } from './scenario/late-payment.js';
import { lostAnswer } from './scenario/lost-answer.js';
import { onePurchase } from './scenario/one-purchase.js';
import { refunds } from './scenario/refunds.js';
import type { Section, Stage } from './scenario/section.js';
import { subscriber } from './scenario/subscriber.js';
import { Telling } from './telling.js';

/** The story, in the order it is told; a new section is a file and a line here, before the verdict. */
const SECTIONS: readonly Section[] = [
  onePurchase,
  changedPrice,
  doubleClick,
  fortyBuyers,
  fortyUnguardedBuyers,
  lostAnswer,
  refunds,
  lastSecondPayment,
  latePayment,
  subscriber,
  calledOff,
  booksAgree,
];

/** Where the story plays. */
export interface Scene {
  readonly addresses: Addresses;
  readonly databaseUrl: string;
  /** undefined when the service runs without one. */
  readonly broker: Broker | undefined;
}

/**
 * Plays every section, whatever became of the one before, with real requests.
 * @returns whether every claim held
 */
export async function playScenario(
  { addresses, databaseUrl, broker }: Scene,
  say: (line: string) => void,
): Promise<boolean> {
  const telling = new Telling(say);
  const sandbox = new SandboxClient(addresses.sandbox);
  const exchanges: Exchange[] = [];
  const newService = async (tenantId: string, scope: string): Promise<OrderServiceClient> =>
    orderClient(addresses.service, await sandbox.serviceToken(tenantId, scope));
  const listening = listen(broker, async () => newService((await sandbox.catalog()).tenantId, 'orders:read'));
  // Whoever could not listen says so in the section that asks.
  const listener = await listening.catch(() => undefined);
  const stage: Stage = {
    telling,
    sandbox,
    addresses,
    databaseUrl,
    exchanges,
    newBuyer: async () =>
      new BuyerSession(addresses.service, await sandbox.newBuyer(), telling, (exchange) => {
        exchanges.push(exchange);
      }),
    newService,
    hasBroker: broker !== undefined,
    listener: () => listening,
  };
  for (const [index, section] of SECTIONS.entries()) {
    telling.title(`${index + 1}. ${section.title}`);
    try {
      await section.play(stage);
    } catch (error) {
      telling.fault(error instanceof Error ? error.message : String(error));
    }
  }
  await listener?.close();
  const { brokenClaims, heldClaimCount } = telling;
  say(
    `\n${heldClaimCount} claims held, ${brokenClaims.length} did not.${brokenClaims.map((text) => `\n  ✗ ${text}`).join('')}`,
  );
  return brokenClaims.length === 0;
}

async function listen(
  broker: Broker | undefined,
  newSibling: () => Promise<OrderServiceClient>,
): Promise<Listener> {
  return broker === undefined ? FeedListener.open(await newSibling()) : BrokerListener.open(broker);
}
