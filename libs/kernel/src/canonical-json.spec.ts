import { canonicalJson } from './canonical-json.js';

describe('the canonical form of a body', () => {
  it.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: 2, b: 1 }, '{"a":2,"b":1}'],
    [{ outer: { z: [{ y: 1, x: null }], b: true } }, '{"outer":{"b":true,"z":[{"x":null,"y":1}]}}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [[3, 1, undefined, null], '[3,1,null,null]'],
    [[], '[]'],
    [{}, '{}'],
    [{ 'a"b': 'c"d' }, '{"a\\"b":"c\\"d"}'],
    ['text', '"text"'],
    [0, '0'],
    [null, 'null'],
    [undefined, 'null'],
  ])('of %j is %s', (body, expected) => {
    expect(canonicalJson(body)).toBe(expected);
  });
});
