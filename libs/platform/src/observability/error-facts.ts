import { AppError } from '@app/kernel';
import { scrub } from './scrub.js';

const FRAMES_MAX = 15;
const CAUSES_MAX = 4;
const MESSAGE_LENGTH_MAX = 300;

/**
 * What a log may say of an error: its kind, code and where it happened. Messages of the database and of the JSON
 * parser quote the value they stumbled over, so those are left out; others are scrubbed.
 */
export function errorFacts(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error ? error.code : undefined;
  const constraint = 'constraint' in error ? error.constraint : undefined;
  return {
    type: error.name,
    ...(quotesValues(error) ? {} : { message: scrub(error.message).slice(0, MESSAGE_LENGTH_MAX) }),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(error instanceof AppError ? { kind: error.row.kind } : {}),
    stack: framesOf(error),
    ...(error.cause === undefined || depth >= CAUSES_MAX
      ? {}
      : { cause: errorFacts(error.cause, depth + 1) }),
  };
}

function quotesValues(error: Error): boolean {
  return error instanceof SyntaxError || 'driverError' in error || 'severity' in error || 'command' in error;
}

/** Without the first line, which repeats the message. */
function framesOf(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, FRAMES_MAX);
}
