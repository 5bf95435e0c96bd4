import { isUuid, randomSlice, uuidv7 } from './ids.js';

describe('ids and random bytes', () => {
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
