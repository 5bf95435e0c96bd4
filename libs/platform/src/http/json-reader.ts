import { AppError, type FieldError } from '@app/kernel';

/** Deeper than any body we accept, shallow enough for every recursive reader behind us. */
export const JSON_DEPTH_MAX = 20;

const FIELD_ERRORS_MAX = 50;

/** They would reach the prototype of whatever object they are copied onto. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const LONE_SURROGATE = /\p{Surrogate}/u;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Why a text may not enter the database or another service; undefined when it may. */
export function textFlaw(text: string): string | undefined {
  if (text.includes('\u0000')) return 'A NUL character is not allowed.';
  if (LONE_SURROGATE.test(text)) return 'Half a surrogate pair is not a character.';
  return undefined;
}

export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

/**
 * Reads a request body strictly: one JSON object in UTF-8, at most {@link JSON_DEPTH_MAX} levels deep, without NUL
 * characters, half surrogate pairs, numbers that lose digits, or keys that reach a prototype.
 * @throws MALFORMED_JSON when it cannot be read; VALIDATION_FAILED, with pointers, for what must not be in it
 */
export function readJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const value = parse(decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const errors: FieldError[] = [
      { pointer: '', code: 'OBJECT', detail: 'The body must be one JSON object.' },
    ];
    throw new AppError(
      'VALIDATION_FAILED',
      { reason: 'the body must be one JSON object.' },
      { members: { errors } },
    );
  }
  const errors: FieldError[] = [];
  inspect(value, '', 1, errors);
  const [first] = errors;
  if (first !== undefined) {
    const reason = `${first.pointer ?? ''}: ${first.detail}`;
    throw new AppError('VALIDATION_FAILED', { reason }, { members: { errors } });
  }
  return value as Record<string, unknown>;
}

/** A reference token of a JSON pointer (RFC 6901). */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new AppError('MALFORMED_JSON', { reason: 'it is not valid UTF-8' }, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // The parser's own sentence quotes the body, which may hold personal data.
    const position = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    const reason = position === undefined ? 'it ends too early' : `it is wrong at position ${position}`;
    throw new AppError('MALFORMED_JSON', { reason });
  }
}

function inspect(value: unknown, pointer: string, depth: number, errors: FieldError[]): void {
  if (errors.length >= FIELD_ERRORS_MAX) return;
  if (typeof value === 'object' && value !== null) {
    if (depth > JSON_DEPTH_MAX) {
      throw new AppError('MALFORMED_JSON', { reason: `it is nested deeper than ${JSON_DEPTH_MAX} levels` });
    }
    for (const [key, member] of Object.entries(value)) {
      const at = `${pointer}/${pointerToken(key)}`;
      const flaw = isForbiddenKey(key) ? 'This member name is not allowed.' : textFlaw(key);
      if (flaw !== undefined) errors.push({ pointer: asciiOnly(at), code: 'UNKNOWN_MEMBER', detail: flaw });
      else inspect(member, at, depth + 1, errors);
    }
    return;
  }
  const flaw = scalarFlaw(value);
  if (flaw !== undefined) errors.push({ pointer, ...flaw });
}

function scalarFlaw(value: unknown): { readonly code: string; readonly detail: string } | undefined {
  if (typeof value === 'string') {
    const detail = textFlaw(value);
    return detail === undefined ? undefined : { code: 'TEXT', detail };
  }
  if (typeof value !== 'number') return undefined;
  const keepsItsDigits = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (keepsItsDigits) return undefined;
  return { code: 'NUMBER_RANGE', detail: 'A number may not be beyond 2^53 - 1.' };
}

/** A pointer quotes the caller's own key; what made the key unfit must not make the answer unfit. */
function asciiOnly(pointer: string): string {
  return pointer.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
