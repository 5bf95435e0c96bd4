import { randomSlice } from '@app/kernel';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Where somebody's work stands in a trace. */
interface TracePlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** What a `traceparent` says (W3C Trace Context, version 00); undefined when it is missing or not valid. */
export function readTraceparent(header: string | undefined): TracePlace | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header?.trim() ?? '') ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined;
  const usable =
    version !== 'ff' &&
    !(version === '00' && rest !== undefined) &&
    traceId !== '0'.repeat(32) &&
    spanId !== '0'.repeat(16);
  return usable ? { traceId, spanId, traceFlags: Number.parseInt(flags, 16) } : undefined;
}

/**
 * The `traceparent` our own calls and events carry while nothing is traced: the caller's trace with a span of ours,
 * or a new sampled trace when the header is missing or not valid.
 */
export function continueTrace(header: string | undefined): string {
  const spanId = randomSlice(8).toString('hex');
  const place = readTraceparent(header);
  if (place === undefined) return `00-${randomSlice(16).toString('hex')}-${spanId}-01`;
  return `00-${place.traceId}-${spanId}-${place.traceFlags.toString(16).padStart(2, '0')}`;
}
