import type { ValidationError } from 'class-validator';
import { AppError, type FieldError } from '@app/kernel';
import { pointerToken } from './json-reader.js';

const FIELD_ERRORS_MAX = 50;

/** Where the validated object came from, which decides how an error says where it is. */
export type ValidatedPart = 'body' | 'parameters';

/** One AppError for everything class-validator found in the body or in the query. */
export function validationFailed(found: readonly ValidationError[], part: ValidatedPart): AppError {
  const errors = found.flatMap((error) => fieldErrors(error, [], part)).slice(0, FIELD_ERRORS_MAX);
  const [first] = errors;
  const more = errors.length > 1 ? ` (${errors.length - 1} more in errors)` : '';
  const reason =
    first === undefined ? 'see errors.' : `${first.pointer ?? first.parameter ?? ''}: ${first.detail}${more}`;
  return new AppError('VALIDATION_FAILED', { reason }, { members: { errors } });
}

function fieldErrors(error: ValidationError, parents: readonly string[], part: ValidatedPart): FieldError[] {
  const path = [...parents, error.property];
  const own = ownErrors(error, part).map((entry) => ({ ...location(path, part), ...entry }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, path, part))];
}

function ownErrors(
  error: ValidationError,
  part: ValidatedPart,
): { readonly code: string; readonly detail: string }[] {
  const constraints = Object.entries(error.constraints ?? {});
  if (constraints.length === 0) return [];
  if (constraints.some(([name]) => name === 'whitelistValidation')) {
    return part === 'body'
      ? [{ code: 'UNKNOWN_MEMBER', detail: 'This member is not known here.' }]
      : [{ code: 'UNKNOWN_PARAMETER', detail: 'This parameter is not known here.' }];
  }
  // Ten complaints about the shape of something that is not there help nobody.
  if (error.value === undefined) return [{ code: 'REQUIRED', detail: `${error.property} is required.` }];
  // The first decorator of a property says what it is, the later ones how large: class-validator reports them in reverse.
  return constraints
    .filter(([name]) => name !== 'nestedValidation' || constraints.length === 1)
    .map(([name, message]) => ({ code: constraintCode(name), detail: sentence(message) }))
    .reverse();
}

function location(path: readonly string[], part: ValidatedPart): Pick<FieldError, 'pointer' | 'parameter'> {
  if (part === 'parameters') return { parameter: path.join('.') };
  return { pointer: path.map((name) => `/${pointerToken(name)}`).join('') };
}

/** `isUuid` → `UUID`, `arrayMaxSize` → `ARRAY_MAX_SIZE`. */
function constraintCode(name: string): string {
  return name
    .replace(/^is(?=[A-Z])/, '')
    .replaceAll(/(?<=[a-z0-9])([A-Z])/g, '_$1')
    .toUpperCase();
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
