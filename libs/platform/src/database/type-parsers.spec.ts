import pg from 'pg';
import { typeParsers } from './type-parsers.js';

const { INT8, DATE } = pg.types.builtins;
const INT8_ARRAY = 1016;

function read(oid: number, text: string): unknown {
  const parse: unknown = Reflect.apply(typeParsers.getTypeParser, typeParsers, [oid, 'text']);
  return typeof parse === 'function' ? Reflect.apply(parse, undefined, [text]) : undefined;
}

describe('what the database says in numbers', () => {
  it.each([
    ['0', 0],
    ['-250', -250],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads the bigint %s exactly', (text, value) => {
    expect(read(INT8, text)).toBe(value);
  });

  it.each(['9007199254740992', '-9223372036854775808', 'NaN'])(
    'fails on the bigint %s rather than round it',
    (text) => {
      expect(() => read(INT8, text)).toThrow(`${text} from the database is not an exact number`);
    },
  );

  it.each([
    ['{}', []],
    ['{7}', [7]],
    ['{1,-2,30}', [1, -2, 30]],
  ])('reads the list %s of bigints', (text, values) => {
    expect(read(INT8_ARRAY, text)).toEqual(values);
  });

  it('fails on a list with one number too large', () => {
    expect(() => read(INT8_ARRAY, '{1,9007199254740993}')).toThrow('9007199254740993 from the database');
  });

  it('leaves every other type, and the binary format, to the driver', () => {
    expect(typeParsers.getTypeParser(DATE, 'text')).toBe(pg.types.getTypeParser(DATE, 'text'));
    expect(typeParsers.getTypeParser(INT8, 'binary')).toBe(pg.types.getTypeParser(INT8, 'binary'));
  });
});
