import { AppError } from '@app/kernel';
import type { SecretBox } from '@app/platform';

/**
 * An opaque cursor: signed, and bound to the list and filters it was issued for, so that nobody can page into
 * what a filter hides.
 */
export function encodeCursor(
  box: SecretBox,
  context: string,
  position: readonly (string | number)[],
): string {
  return box.sign(JSON.stringify(position), context);
}

/** @throws CURSOR_INVALID when we did not issue it for this list and these filters */
export function decodeCursor(box: SecretBox, context: string, cursor: string): readonly (string | number)[] {
  const text = box.verify(cursor, context);
  if (text === null)
    throw new AppError(
      'CURSOR_INVALID',
      {},
      {
        members: {
          errors: [
            {
              parameter: 'cursor',
              code: 'cursor_invalid',
              detail: 'This cursor does not belong to this list.',
            },
          ],
        },
      },
    );
  return JSON.parse(text) as readonly (string | number)[];
}
