import { JSON_DEPTH_MAX, readJsonObject } from './json-reader.js';

function read(text: string): Record<string, unknown> {
  return readJsonObject(Buffer.from(text, 'utf8'));
}

function refusalOf(bytes: string | Buffer): unknown {
  try {
    readJsonObject(Buffer.from(bytes as string));
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('reading a JSON body', () => {
  it('reads an object as it is written', () => {
    expect(read('{"a":[1,-2.5,"ü😀",null,true,{"b":9007199254740991}]}')).toEqual({
      a: [1, -2.5, 'ü😀', null, true, { b: 9_007_199_254_740_991 }],
    });
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '{"a":01}', '{"a":NaN}', '{"a":1} x', ''])(
    'finds no JSON in %j',
    (text) => {
      expect(refusalOf(text)).toMatchObject({ code: 'MALFORMED_JSON' });
    },
  );

  it('does not repeat the body in its complaint', () => {
    expect(refusalOf('{"email": ada@example.com}')).toMatchObject({
      detail: expect.not.stringContaining('ada') as string,
    });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusalOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toMatchObject({
      code: 'MALFORMED_JSON',
    });
  });

  it.each(['[]', '[{}]', 'null', '"text"', '1', 'true'])('wants an object, not %s', (text) => {
    expect(refusalOf(text)).toMatchObject({
      code: 'VALIDATION_FAILED',
      members: { errors: [{ pointer: '' }] },
    });
  });

  it('reads 20 levels and refuses 21, and 5000', () => {
    const nested = (depth: number): string => '{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1);
    expect(JSON_DEPTH_MAX).toBe(20);
    expect(read(nested(20))).toBeDefined();
    expect(refusalOf(nested(21))).toMatchObject({ code: 'MALFORMED_JSON' });
    expect(refusalOf(`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toMatchObject({
      code: 'MALFORMED_JSON',
    });
  });

  it.each([
    ['a NUL character', '{"a":{"b":["\\u0000"]}}', '/a/b/0'],
    ['half a surrogate pair', '{"a":"\\ud800"}', '/a'],
    ['an integer beyond 2^53', '{"a":9007199254740993}', '/a'],
    ['a number beyond all bounds', '{"a":1e400}', '/a'],
    ['__proto__', '{"a":{"__proto__":{"isAdmin":true}}}', '/a/__proto__'],
    ['constructor', '{"constructor":{"prototype":{}}}', '/constructor'],
    ['a NUL character in a name', '{"a\\u0000":1}', '/a?'],
    ['a name with a slash and a tilde', '{"a/b~c":"\\u0000"}', '/a~1b~0c'],
  ])('refuses %s and says where', (_name, text, pointer) => {
    expect(refusalOf(text)).toMatchObject({ code: 'VALIDATION_FAILED', members: { errors: [{ pointer }] } });
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('lists at most fifty errors', () => {
    const text = `{"a":[${Array.from({ length: 200 }, () => '1e999').join(',')}]}`;
    expect(refusalOf(text)).toMatchObject({ members: { errors: { length: 50 } } });
  });
});
