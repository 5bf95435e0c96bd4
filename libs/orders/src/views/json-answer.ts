import type { Answer } from '@app/platform';

/** A finished answer that is one JSON body. */
export function jsonAnswer(body: object): Answer {
  return { status: 200, body: JSON.stringify(body), headers: {}, replayed: false };
}
