import { randomFillSync } from 'node:crypto';

/** Any UUID version, as clients may send it. */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID_PATTERN.test(value);
}

/** Asking the system for a few bytes costs as much as asking for a page of them. */
const pool = Buffer.alloc(4_096);
let usedBytes = pool.length;

/** Unpredictable bytes, each given out once; `count` is at most a page. */
export function randomSlice(count: number): Buffer {
  if (usedBytes + count > pool.length) {
    randomFillSync(pool);
    usedBytes = 0;
  }
  const slice = Buffer.from(pool.subarray(usedBytes, usedBytes + count));
  pool.fill(0, usedBytes, usedBytes + count);
  usedBytes += count;
  return slice;
}

/**
 * A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits, so that keys sort by age
 * and index pages stay warm.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = randomSlice(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
