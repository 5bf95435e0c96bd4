import { isUuid, randomSlice, uuidv7 } from './ids.js';

const A_UUID = '0190a000-0000-7000-8000-000000000001';

describe('a UUID', () => {
  it.each([A_UUID, A_UUID.toUpperCase(), 'ffffffff-ffff-4fff-bfff-ffffffffffff'])('is %s', (value) => {
    expect(isUuid(value)).toBe(true);
  });

  it.each([
    '',
    `${A_UUID}0`,
    `0${A_UUID}`,
    ` ${A_UUID}`,
    `${A_UUID}\n`,
    A_UUID.replaceAll('-', ''),
    A_UUID.replace('a', 'g'),
    '0190a00-00000-7000-8000-000000000001',
    '0190a000-000-7000-8000-000000000001',
    '0190a000-0000-700-8000-000000000001',
    '0190a000-0000-7000-800-000000000001',
    '0190a000-0000-7000-8000-00000000001',
    42,
    null,
    [A_UUID],
  ])('is not %j', (value) => {
    expect(isUuid(value)).toBe(false);
  });
});

describe('an id we mint', () => {
  it('begins with its instant, so that ids sort by age', () => {
    expect(uuidv7(0x0190_a000_0001).slice(0, 13)).toBe('0190a000-0001');
    expect(uuidv7(1_000) < uuidv7(1_001)).toBe(true);
  });

  it('is a version 7 of the RFC 9562 variant, whatever is drawn', () => {
    const ids = Array.from({ length: 200 }, () => uuidv7(1_700_000_000_000));
    for (const id of ids) expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is drawn from 74 random bits: no two are alike, and every free bit takes both values', () => {
    const ids = Array.from({ length: 200 }, () => uuidv7(1_700_000_000_000));
    expect(new Set(ids).size).toBe(200);
    const drawn = ids.map((id) => BigInt(`0x${id.replaceAll('-', '')}`));
    const set = drawn.reduce((all, bits) => all | bits, 0n) & ((1n << 80n) - 1n);
    const kept = drawn.reduce((all, bits) => all & bits) & ((1n << 80n) - 1n);
    expect(set.toString(16)).toBe('7fffbfffffffffffffff');
    expect(kept.toString(16)).toBe('70008000000000000000');
  });

  it('are never given out twice, also across the pages they come from', () => {
    const ids = Array.from({ length: 5_000 }, () => uuidv7(1_700_000_000_000));
    expect(new Set(ids).size).toBe(5_000);
    expect(ids.every((id) => isUuid(id) && /^018bcfe5-6800-7[0-9a-f]{3}-[89ab]/.test(id))).toBe(true);
  });

  it('are not changed by those that come after them', () => {
    const slice = randomSlice(16);
    const before = slice.toString('hex');
    for (let turn = 0; turn < 1_000; turn += 1) randomSlice(16).fill(0);
    expect(slice.toString('hex')).toBe(before);
    expect(before).not.toBe('0'.repeat(32));
  });
});
