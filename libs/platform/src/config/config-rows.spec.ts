import {
  centsByCurrency,
  choice,
  flag,
  list,
  number,
  pairs,
  pem,
  secrets,
  text,
  url,
} from './config-rows.js';

const about = { group: 'test', description: 'A row of a test.' };

describe('a setting', () => {
  it.each([
    ['a whole number', number({ ...about, default: '1', min: 1, max: 9 }), '9', 9],
    ['a broken number', number({ ...about, default: '1', min: 0, max: 1, integer: false }), '0.5', 0.5],
    ['a flag', flag({ ...about, default: 'true' }), 'true', true],
    ['a flag', flag({ ...about, default: 'true' }), '1', true],
    ['a flag', flag({ ...about, default: 'true' }), 'false', false],
    ['a flag', flag({ ...about, default: 'true' }), '0', false],
    ['a choice', choice({ ...about, default: 'a', of: ['a', 'b'] }), 'b', 'b'],
    ['a list', list({ ...about, default: '', of: ['a', 'b'] }), ' b, ,a ', ['b', 'a']],
    ['an open list', list({ ...about, default: '' }), '10.0.0.1,', ['10.0.0.1']],
    ['a text', text({ ...about, pattern: /^[a-z]+$/ }), 'abc', 'abc'],
    ['a text that may be missing', text({ ...about, pattern: /^[a-z]+$/ }), '', ''],
    ['an address', url({ ...about, protocols: ['http'] }), 'http://host/base//', 'http://host/base'],
    ['an address that may be missing', url({ ...about, protocols: ['http'] }), '', ''],
    ['a key', pem(about), '-----BEGIN KEY-----\\nabc', '-----BEGIN KEY-----\nabc'],
    ['a key that may be missing', pem(about), '', ''],
    [
      'amounts by currency',
      centsByCurrency({ ...about, default: '' }),
      'USD:30, JPY:0,',
      new Map([
        ['USD', 30],
        ['JPY', 0],
      ]),
    ],
  ])('that is %s reads %j %j', (_what, row, given, expected) => {
    expect(row.parse(given)).toEqual(expected);
  });

  it.each([
    ['many', number({ ...about, default: '1', min: 1, max: 9 }), 'must be a whole number'],
    ['1.5', number({ ...about, default: '1', min: 1, max: 9 }), 'must be a whole number'],
    ['', number({ ...about, default: '1', min: 0, max: 9 }), 'must be a whole number'],
    ['x', number({ ...about, default: '1', min: 0, max: 1, integer: false }), 'must be a number'],
    ['0', number({ ...about, default: '1', min: 1, max: 9 }), 'must be between 1 and 9'],
    ['10', number({ ...about, default: '1', min: 1, max: 9 }), 'must be between 1 and 9'],
    ['yes', flag({ ...about, default: 'true' }), 'must be true or false'],
    ['c', choice({ ...about, default: 'a', of: ['a', 'b'] }), 'must be one of a, b'],
    ['a,c', list({ ...about, default: '', of: ['a', 'b'] }), '"c" is not one of a, b'],
    ['A1', text({ ...about, pattern: /^[a-z]+$/ }), 'must be like ^[a-z]+$'],
    ['A1', text({ ...about, pattern: /^[a-z]+$/, patternHint: 'lower-case' }), 'must be lower-case'],
    ['host', url({ ...about, protocols: ['amqp', 'amqps'] }), 'must be an address such as amqp://host'],
    ['http://host', url({ ...about, protocols: ['amqp', 'amqps'] }), 'must start with amqp:// or amqps://'],
    ['abc', pem(about), 'must be a key in PEM form (-----BEGIN …)'],
    ['usd:3', centsByCurrency({ ...about, default: '' }), '"usd:3" does not start with an ISO 4217 code'],
    ['USD', centsByCurrency({ ...about, default: '' }), '"USD" needs a whole number of minor units'],
    ['USD:-1', centsByCurrency({ ...about, default: '' }), '"USD:-1" needs a whole number of minor units'],
    ['USD:1.5', centsByCurrency({ ...about, default: '' }), '"USD:1.5" needs a whole number of minor units'],
  ])('%j is refused in words', (given, row, problem) => {
    expect(() => row.parse(given)).toThrow(problem);
  });
});

describe('the keys that seal secrets', () => {
  const key = Buffer.alloc(32, 7);

  it('are read in their order: the first one writes', () => {
    const given = `new:${key.toString('base64')}, old:${key.toString('base64')},`;
    expect(secrets(about).parse(given)).toEqual([
      { kid: 'new', key },
      { kid: 'old', key },
    ]);
    expect(secrets(about).secret).toBe(true);
  });

  it.each([
    [key.toString('base64'), 'must be kid:base64'],
    [`:${key.toString('base64')}`, 'must be kid:base64'],
    [`two words:${key.toString('base64')}`, 'must be kid:base64'],
    ['short:YWJj', 'the key "short" must be 32 bytes'],
  ])('%s is refused, and not quoted', (given, problem) => {
    expect(() => secrets(about).parse(given)).toThrow(problem);
    expect(() => secrets(about).parse(given)).not.toThrow(key.toString('base64'));
  });
});

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
