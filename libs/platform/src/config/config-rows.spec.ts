import { pairs } from './config-rows.js';

const row = pairs({ group: 'Test', default: '', description: 'Pairs for a test.' });

describe('a list of pairs', () => {
  it.each([
    ['', []],
    ['a=1', [['a', '1']]],
    [
      ' authorization=Basic%20dTpw%3D , x-tenant=b=c ,',
      [
        ['authorization', 'Basic dTpw='],
        ['x-tenant', 'b=c'],
      ],
    ],
  ])('%j is read', (text, expected) => {
    expect([...row.parse(text)]).toEqual(expected);
  });

  it.each(['novalue', '=1', 'a=%ZZ'])('%j is refused', (text) => {
    expect(() => row.parse(text)).toThrow();
  });
});
