import { isInstant } from './order-rules.js';

describe('isInstant', () => {
  it.each([
    '2026-01-31T12:00:00Z',
    '2028-02-29T23:59:59.123456789Z',
    '2026-01-31T12:00:00+14:00',
    '0001-01-01T00:00:00Z',
  ])('takes %s', (text) => {
    expect(isInstant(text)).toBe(true);
  });

  it.each([
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-31T25:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-31T12:00:00+23:00',
    '+12026-01-31T12:00:00Z',
    ' 2026-01-31T12:00:00Z',
    1_769_860_800_000,
    null,
  ])('does not let %s reach PostgreSQL, which would call it an error', (value) => {
    expect(isInstant(value)).toBe(false);
  });
});
