import { counted, members, money, plain, sheet, table, when } from './render.js';

const now = new Date('2026-11-22T12:00:00.000Z');

describe('when', () => {
  it.each([
    ['2026-11-22T11:56:31.500Z', '2026-11-22 11:56:31Z, 3 min ago'],
    ['2026-11-22T12:00:59.000Z', '2026-11-22 12:00:59Z, in 59 s'],
    ['2026-11-22T12:00:00.900Z', '2026-11-22 12:00:00Z, now'],
    ['2026-11-21T13:00:00.000Z', '2026-11-21 13:00:00Z, 23 h ago'],
    ['2026-09-01T12:00:00.000Z', '2026-09-01 12:00:00Z, 82 d ago'],
  ])('%s is %s', (instant, text) => {
    expect(when(instant, now)).toBe(text);
  });

  it('shows a missing instant as a dash and a broken one as it is', () => {
    expect(when(null, now)).toBe('-');
    expect(when('soon', now)).toBe('soon');
  });
});

describe('money', () => {
  it('has the decimals of its currency', () => {
    expect(money(10_520, 'USD')).toBe('105.20 USD');
    expect(money(5, 'USD')).toBe('0.05 USD');
    expect(money(1_500, 'JPY')).toBe('1500 JPY');
    expect(money(9_007_199_254_740_991, 'USD')).toBe('90071992547409.91 USD');
  });

  it('of a currency nobody knows is left in minor units', () => {
    expect(money(100, 'nope')).toBe('100 minor units of nope');
  });
});

describe('what others wrote', () => {
  it('cannot steer the terminal', () => {
    expect(plain('a\u001b[2Jb\nc\u202e')).toBe('a�[2Jb�c�');
    expect(members({ reason: '\u001b[31mred', code: null })).toBe('reason: �[31mred');
  });

  it('is shown as JSON when it is no text', () => {
    expect(members({ status: 422, seats: ['a'] })).toBe('status: 422, seats: ["a"]');
    expect(members({})).toBe('-');
    expect(members(null)).toBe('-');
  });
});

describe('tables', () => {
  it('have columns as wide as their widest cell', () => {
    expect(
      table(
        ['id', 'state'],
        [
          ['1', 'parked'],
          ['12345', 'x'],
        ],
      ),
    ).toBe('id     state\n1      parked\n12345  x');
  });

  it('count what they show', () => {
    expect([0, 1, 2].map((count) => counted(count, 'finding'))).toEqual([
      '0 findings',
      '1 finding',
      '2 findings',
    ]);
  });

  it('show facts below each other', () => {
    expect(
      sheet([
        ['order', 'ORD-1'],
        ['id', '7'],
      ]),
    ).toBe('order  ORD-1\nid     7');
  });
});
