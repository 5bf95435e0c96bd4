import { randomSlice } from '@app/kernel';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The `traceparent` our own calls and events carry (W3C Trace Context, version 00): the caller's trace with a span
 * of ours, or a new sampled trace when the header is missing or not valid.
 */
export function continueTrace(header: string | undefined): string {
  const spanId = randomSlice(8).toString('hex');
  const match = header === undefined ? null : TRACEPARENT.exec(header.trim());
  const [, version, traceId, parentId, flags, rest] = match ?? [];
  const usable =
    version !== undefined &&
    version !== 'ff' &&
    !(version === '00' && rest !== undefined) &&
    traceId !== '0'.repeat(32) &&
    parentId !== '0'.repeat(16);
  if (!usable) return `00-${randomSlice(16).toString('hex')}-${spanId}-01`;
  return `00-${traceId}-${spanId}-${flags}`;
}
