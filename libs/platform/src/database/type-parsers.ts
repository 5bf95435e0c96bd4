import pg from 'pg';

const INT8_OID = 20;
const INT8_ARRAY_OID = 1016;

/** Whole numbers of the database as exact JavaScript numbers; larger ones are an error, never a wrong amount. */
function exactInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new Error(`${text} from the database is not an exact number in JavaScript`);
  return value;
}

function exactIntegers(text: string): number[] {
  const inner = text.slice(1, -1);
  return inner === '' ? [] : inner.split(',').map(exactInteger);
}

/** Type parsers for this service's connections only: bigint columns arrive as numbers instead of strings. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((...asked: Parameters<typeof pg.types.getTypeParser>): unknown => {
    const oid: number = asked[0];
    const isText = asked[1] !== 'binary';
    if (isText && oid === INT8_OID) return exactInteger;
    if (isText && oid === INT8_ARRAY_OID) return exactIntegers;
    return pg.types.getTypeParser(...asked);
  }) as typeof pg.types.getTypeParser,
};
