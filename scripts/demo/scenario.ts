import { BuyerSession } from './buyer-session.js';
import type { Addresses } from './child-environments.js';
import { SandboxClient } from './sandbox-client.js';
import { changedPrice } from './scenario/changed-price.js';
import { doubleClick } from './scenario/double-click.js';
import { lostAnswer } from './scenario/lost-answer.js';
import { onePurchase } from './scenario/one-purchase.js';
import type { Section, Stage } from './scenario/section.js';
import { Telling } from './telling.js';

/** The story, in the order it is told; a new section is a file and a line here. */
const SECTIONS: readonly Section[] = [onePurchase, changedPrice, doubleClick, lostAnswer];

/**
 * Plays every section, whatever became of the one before, with real requests.
 * @returns whether every claim held
 */
export async function playScenario(addresses: Addresses, say: (line: string) => void): Promise<boolean> {
  const telling = new Telling(say);
  const sandbox = new SandboxClient(addresses.sandbox);
  const stage: Stage = {
    telling,
    sandbox,
    service: addresses.service,
    newBuyer: async () => new BuyerSession(addresses.service, await sandbox.newBuyer(), telling),
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
