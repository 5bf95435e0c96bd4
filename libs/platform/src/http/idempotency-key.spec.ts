import { parseIdempotencyKey } from './idempotency-key.js';

const KEY = '0190a000-0000-7000-8000-00000000000a';

describe('an idempotency key', () => {
  it.each([KEY, `"${KEY}"`, KEY.toUpperCase(), ` ${KEY} `])('is read from %j', (header) => {
    expect(parseIdempotencyKey(header)).toBe(KEY);
  });

  it.each([undefined, null, ''])('is missing in %j', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow('IDEMPOTENCY_KEY_MISSING');
  });

  // RPC headers may hold anything that AMQP can carry.
  it.each([42, {}, [KEY], 'order-1', `"${KEY}`, `""`, `${KEY},${KEY}`])('is not %j', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow('IDEMPOTENCY_KEY_INVALID');
  });
});
