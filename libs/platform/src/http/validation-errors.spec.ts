import { ValidationError } from 'class-validator';
import { validationFailed } from './validation-errors.js';

function found(changes: Partial<ValidationError>): ValidationError {
  const error = { property: 'quantity', value: 0, constraints: { min: 'must be 1 or more' }, ...changes };
  return Object.assign(new ValidationError(), error);
}

describe('what class-validator found', () => {
  it('is told by where it is in the body, as full sentences', () => {
    const nested = found({ property: 'items', constraints: {}, children: [found({ property: '0' })] });
    expect(validationFailed([nested], 'body').members).toEqual({
      errors: [{ pointer: '/items/0', code: 'MIN', detail: 'must be 1 or more.' }],
    });
  });

  it('is told by the name of the parameter, with the first one in the sentence', () => {
    const error = validationFailed(
      [found({ property: 'limit', constraints: { isInt: 'limit must be a whole number.' } }), found({})],
      'parameters',
    );
    expect(error.members['errors']).toEqual([
      { parameter: 'limit', code: 'INT', detail: 'limit must be a whole number.' },
      { parameter: 'quantity', code: 'MIN', detail: 'must be 1 or more.' },
    ]);
    expect(error.detail).toContain('limit: limit must be a whole number. (1 more in errors)');
  });

  it('says of what is not there only that it is required', () => {
    const error = validationFailed(
      [found({ value: undefined, constraints: { min: 'a', isInt: 'b' } })],
      'body',
    );
    expect(error.members['errors']).toEqual([
      { pointer: '/quantity', code: 'REQUIRED', detail: 'quantity is required.' },
    ]);
  });

  it('is still a refusal when it says nothing of where', () => {
    expect(validationFailed([], 'body').detail).toContain('see errors.');
  });

  it('stops at 50 entries', () => {
    const many = Array.from({ length: 60 }, () => found({}));
    expect(validationFailed(many, 'body').members['errors']).toHaveLength(50);
  });
});
