import { continueTrace } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('trace context', () => {
  it("continues the caller's trace with a span of ours", () => {
    const ours = continueTrace(`00-${TRACE}-00f067aa0ba902b7-00`);
    expect(ours).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(ours).not.toContain('00f067aa0ba902b7');
  });

  it('understands later versions as far as version 00 goes', () => {
    expect(continueTrace(`01-${TRACE}-00f067aa0ba902b7-01-more`)).toContain(TRACE);
  });

  it.each([
    undefined,
    '',
    'x',
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-more`,
  ])('begins a new trace for %j', (header) => {
    const ours = continueTrace(header);
    expect(ours).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(ours).not.toContain(TRACE);
  });
});
