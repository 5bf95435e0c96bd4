import { entityTag, isNotModified, readIfMatch } from './entity-tag.js';

describe('entity tags', () => {
  it('names a version', () => {
    expect(entityTag(3)).toBe('"v3"');
  });

  it.each([
    [undefined, null],
    ['*', null],
    ['"v3"', 3],
    [' "v12" ', 12],
  ])('reads If-Match %s as %s', (header, version) => {
    expect(readIfMatch(header)).toBe(version);
  });

  it.each(['', 'v3', '3', '"3"', 'W/"v3"', '"v3", "v4"', '"v0"', '"v-1"', '"v1.5"', '"v99999999999"', '"v3'])(
    'refuses If-Match %j',
    (header) => {
      let thrown: unknown;
      try {
        readIfMatch(header);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({
        code: 'VALIDATION_FAILED',
        members: { errors: [{ header: 'If-Match' }] },
      });
    },
  );

  it.each([
    [undefined, false],
    ['"v3"', true],
    ['W/"v3"', true],
    ['"v2", "v3"', true],
    ['*', true],
    ['"v2"', false],
    ['v3', false],
  ])('compares If-None-Match %s with version 3: %s', (header, expected) => {
    expect(isNotModified(header, 3)).toBe(expected);
  });
});
