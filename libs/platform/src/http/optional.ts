import { ValidateIf } from 'class-validator';

/**
 * A member that may be left out. class-validator's own IsOptional also lets `null` through, which no use case expects:
 * here null meets the member's other rules and is refused by them.
 */
export function Optional(): PropertyDecorator {
  return ValidateIf((_object, value: unknown) => value !== undefined);
}
