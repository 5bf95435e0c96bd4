import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/kernel';

/** The client's intention as its Idempotency-Key names it. */
export interface IdempotencyRequest {
  readonly tenantId: string;
  /** From `principalKey`. */
  readonly principal: string;
  /** The UUID of the header, lower-case, without quotes. */
  readonly key: string;
  readonly fingerprint: string;
  /** The path of the request, for the `instance` of a stored refusal. */
  readonly path: string;
}

/** SHA-256 of method, path and canonical body: tells a repeated request from another one under the same key. */
export function requestFingerprint(request: {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}): string {
  return createHash('sha256')
    .update(`${request.method.toUpperCase()}\n${request.path}\n${canonicalJson(request.body ?? null)}`)
    .digest('base64url');
}
