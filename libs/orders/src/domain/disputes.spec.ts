import fc from 'fast-check';
import { isDisputed, type DisputeFact } from './disputes.js';

const opened = (disputeId: string | null): DisputeFact => ({ kind: 'opened', disputeId });
const closed = (disputeId: string | null): DisputeFact => ({ kind: 'closed', disputeId });

describe('whether an order is disputed', () => {
  it.each([
    { facts: [], expected: false },
    { facts: [opened('a')], expected: true },
    { facts: [opened('a'), closed('a')], expected: false },
    { facts: [closed('a'), opened('a')], expected: false },
    { facts: [opened('a'), closed('a'), opened('b')], expected: true },
    { facts: [opened('a'), opened('a'), closed('a')], expected: false },
    { facts: [opened(null)], expected: true },
    { facts: [closed(null), opened(null)], expected: false },
    { facts: [opened(null), closed(null), opened(null)], expected: true },
    { facts: [closed('a'), opened(null)], expected: true },
  ])('is $expected after $facts', ({ facts, expected }) => {
    expect(isDisputed(facts)).toBe(expected);
  });

  it('does not depend on the order in which the facts came', () => {
    const fact = fc.record({
      kind: fc.constantFrom('opened' as const, 'closed' as const),
      disputeId: fc.constantFrom('a', 'b', null),
    });
    fc.assert(
      fc.property(
        fc
          .array(fact, { maxLength: 8 })
          .chain((facts) =>
            fc.tuple(
              fc.constant(facts),
              fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }),
            ),
          ),
        ([facts, shuffled]) => {
          expect(isDisputed(shuffled)).toBe(isDisputed(facts));
        },
      ),
    );
  });
});
