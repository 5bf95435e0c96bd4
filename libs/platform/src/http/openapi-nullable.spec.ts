import { withNullTypes } from './openapi-nullable.js';

describe('withNullTypes', () => {
  it('says in the type that a value may be null', () => {
    expect(withNullTypes({ type: 'string', format: 'uuid', nullable: true })).toEqual({
      type: ['string', 'null'],
      format: 'uuid',
    });
  });

  it('adds null to an enumeration', () => {
    expect(withNullTypes({ type: 'string', enum: ['a'], nullable: true })).toEqual({
      type: ['string', 'null'],
      enum: ['a', null],
    });
  });

  it('offers null beside a reference', () => {
    expect(withNullTypes({ nullable: true, allOf: [{ $ref: '#/x' }] })).toEqual({
      anyOf: [{ allOf: [{ $ref: '#/x' }] }, { type: 'null' }],
    });
  });

  it('leaves everything else as it is, at any depth', () => {
    expect(withNullTypes({ a: [{ type: 'string' }], b: null, c: 1 })).toEqual({
      a: [{ type: 'string' }],
      b: null,
      c: 1,
    });
  });
});
