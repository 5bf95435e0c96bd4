/** Why nothing reached the sibling: the call may be repeated freely. */
export type NotSentReason =
  | 'connection-refused'
  | 'dns'
  | 'connect-timeout'
  | 'connect-failed'
  | 'breaker-open'
  | 'deadline'
  | 'queue-full'
  | 'unauthenticated'
  | 'shutting-down';

/** Why nobody can say whether the sibling did it: same key, same bytes, again, until it is known. */
export type UnknownReason =
  | 'time-out'
  | 'reset'
  | 'too-large'
  | 'server-error'
  | 'throttled'
  | 'redirect'
  | 'bad-body'
  | 'unlisted-refusal'
  | 'echo-mismatch';

/**
 * What became of a call.
 * `T`: the checked answer; `R`: the refusal codes of the operation; `B`: what a refusal says beside its code.
 */
export type Outcome<T, R extends string = never, B = null> =
  | { readonly kind: 'done'; readonly status: number; readonly body: T }
  | { readonly kind: 'refused'; readonly status: number; readonly code: R; readonly body: B }
  | { readonly kind: 'not-sent'; readonly reason: NotSentReason }
  | {
      readonly kind: 'unknown';
      readonly reason: UnknownReason;
      /** A sentence for the findings list: the sibling broke its contract, repeating alone will not cure it. */
      readonly finding?: string;
    };

export type OutcomeKind = Outcome<unknown, string, unknown>['kind'];

/** What one HTTP exchange came to, before anybody judged it. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string;
      readonly contentEncoding: string;
      readonly body: Buffer;
    }
  | { readonly kind: 'not-sent'; readonly reason: NotSentReason }
  | { readonly kind: 'lost'; readonly reason: Extract<UnknownReason, 'time-out' | 'reset' | 'too-large'> };

/** The refusal code, or why a call was not sent or is unknown. */
export function reasonOf(outcome: Outcome<unknown, string, unknown>): { reason?: string; finding?: string } {
  switch (outcome.kind) {
    case 'done':
      return {};
    case 'refused':
      return { reason: outcome.code };
    case 'not-sent':
      return { reason: outcome.reason };
    case 'unknown':
      return {
        reason: outcome.reason,
        ...(outcome.finding === undefined ? {} : { finding: outcome.finding }),
      };
  }
}
