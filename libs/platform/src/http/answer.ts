/**
 * A finished answer, byte for byte as it is stored and replayed. Controllers return it as it is; the answer
 * interceptor writes status, headers and body.
 */
export interface Answer {
  readonly status: number;
  /** The serialised JSON body. */
  readonly body: string;
  /** `Location` and `ETag` where they apply, in their usual spelling. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when it was given before under the same idempotency key. */
  readonly replayed: boolean;
}

export function isAnswer(value: unknown): value is Answer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    'body' in value &&
    'headers' in value &&
    'replayed' in value
  );
}
