import { BuyerSession } from './buyer-session.js';
import type { Addresses } from './child-environments.js';
import { SandboxClient } from './sandbox-client.js';
import type { Exchange } from '../invariants/books.js';
import { booksAgree } from './scenario/books-agree.js';
import { changedPrice } from './scenario/changed-price.js';
import { doubleClick } from './scenario/double-click.js';
import { fortyBuyers, fortyUnguardedBuyers } from './scenario/forty-buyers.js';
import { lastSecondPayment } from './scenario/last-second-payment.js';
import { latePayment } from './scenario/late-payment.js';
import { lostAnswer } from './scenario/lost-answer.js';
import { onePurchase } from './scenario/one-purchase.js';
import { refunds } from './scenario/refunds.js';
import type { Section, Stage } from './scenario/section.js';
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
  booksAgree,
];

/**
 * Plays every section, whatever became of the one before, with real requests.
 * @returns whether every claim held
 */
export async function playScenario(
  addresses: Addresses,
  databaseUrl: string,
  say: (line: string) => void,
): Promise<boolean> {
  const telling = new Telling(say);
  const sandbox = new SandboxClient(addresses.sandbox);
  const exchanges: Exchange[] = [];
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
  };
  for (const [index, section] of SECTIONS.entries()) {
    telling.title(`${index + 1}. ${section.title}`);
    try {
      await section.play(stage);
    } catch (error) {
      telling.fault(error instanceof Error ? error.message : String(error));
    }
  }
  const { brokenClaims, heldClaimCount } = telling;
  say(
    `\n${heldClaimCount} claims held, ${brokenClaims.length} did not.${brokenClaims.map((text) => `\n  ✗ ${text}`).join('')}`,
  );
  return brokenClaims.length === 0;
}
