import { AppError, type FieldError } from '@app/kernel';

const STRONG_VERSION_TAG = /^"v([1-9]\d{0,8})"$/;

/** `"v3"`: the entity tag of version 3 of an order. */
export function entityTag(version: number): string {
  return `"v${version}"`;
}

/**
 * The version an If-Match header demands; null when there is none or it is `*`.
 * @throws VALIDATION_FAILED for anything but one strong tag of ours: If-Match never compares weakly (RFC 9110 §13.1.1)
 */
export function readIfMatch(header: string | undefined): number | null {
  const text = header?.trim();
  if (text === undefined || text === '*') return null;
  const version = STRONG_VERSION_TAG.exec(text)?.[1];
  if (version !== undefined) return Number(version);
  const detail = 'Send the ETag of the order as you last read it, such as "v3", or *.';
  const errors: FieldError[] = [{ header: 'If-Match', code: 'ENTITY_TAG', detail }];
  throw new AppError('VALIDATION_FAILED', { reason: `If-Match: ${detail}` }, { members: { errors } });
}

/** Whether the client already has this version: weak comparison over a list of tags, or `*` (RFC 9110 §13.1.2). */
export function isNotModified(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  const tag = entityTag(version);
  return ifNoneMatch
    .split(',')
    .map((entry) => entry.trim().replace(/^W\//, ''))
    .some((entry) => entry === '*' || entry === tag);
}

/** A body with the version its ETag is made of. A controller returns it; the answer interceptor answers 304 or 200. */
export class VersionedBody {
  constructor(
    readonly version: number,
    readonly body: unknown,
  ) {}
}

/** `return withETag(order.version, view)` in a GET handler. */
export function withETag(version: number, body: unknown): VersionedBody {
  return new VersionedBody(version, body);
}
