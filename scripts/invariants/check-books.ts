import { checkAnswers } from './answers.js';
import type { Books, Invariant, Violation } from './books.js';
import { checkHistories } from './histories.js';
import { checkKeys } from './keys.js';
import { checkLimits } from './limits.js';
import { checkMoney } from './money.js';
import { checkRest } from './rest.js';
import { checkSeats } from './seats.js';
import { checkSums } from './sums.js';
import { checkTenants } from './tenants.js';

export interface InvariantGroup {
  /** What holds, to a reader who does not know the numbers. */
  readonly claim: string;
  readonly invariants: readonly Invariant[];
  readonly check: (books: Books) => readonly Violation[];
}

/** I12 and I13 cannot be seen from outside: the inbox and the dead-letter queues have tests of their own. */
export const INVARIANT_GROUPS: readonly InvariantGroup[] = [
  {
    claim: 'every order was charged once, for its total, and what had to go back went back',
    invariants: ['I1', 'I3', 'I4', 'I7'],
    check: checkMoney,
  },
  {
    claim: 'each effect reached the siblings under one key with one content',
    invariants: ['I2'],
    check: checkKeys,
  },
  {
    claim: 'no seat was sold twice, held for nobody or released too early',
    invariants: ['I5', 'I6'],
    check: checkSeats,
  },
  {
    claim: 'every history is a path of the state table, and its events have no gaps',
    invariants: ['I8', 'I11'],
    check: checkHistories,
  },
  {
    claim: 'every answer a client got is still true, and one key has one answer',
    invariants: ['I10'],
    check: checkAnswers,
  },
  { claim: 'all money adds up to the cent', invariants: ['I14'], check: checkSums },
  { claim: "no tenant has another tenant's rows", invariants: ['I15'], check: checkTenants },
  {
    claim: 'no buyer has more than the limit, no promo code was overused',
    invariants: ['I16'],
    check: checkLimits,
  },
  {
    claim: 'nothing is left half done, and nobody who was overtaken wrote',
    invariants: ['I9', 'I17', 'I18'],
    check: checkRest,
  },
];

/** Everything that does not hold in these books; empty when all is well. */
export function checkBooks(books: Books): readonly Violation[] {
  return INVARIANT_GROUPS.flatMap((group) => group.check(books));
}
