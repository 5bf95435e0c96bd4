export interface BadText {
  readonly name: string;
  readonly text: string | Uint8Array<ArrayBuffer>;
  readonly code: 'MALFORMED_JSON' | 'VALIDATION_FAILED';
}

/** Bodies that no route may accept, whatever it is for. */
export const BAD_TEXTS: readonly BadText[] = [
  { name: 'an open brace', text: '{', code: 'MALFORMED_JSON' },
  { name: 'a trailing comma', text: '{"reason":"x",}', code: 'MALFORMED_JSON' },
  { name: 'single quotes', text: "{'reason':'x'}", code: 'MALFORMED_JSON' },
  { name: 'something after the object', text: '{} {}', code: 'MALFORMED_JSON' },
  { name: 'NaN', text: '{"reason":NaN}', code: 'MALFORMED_JSON' },
  { name: 'Infinity', text: '{"reason":-Infinity}', code: 'MALFORMED_JSON' },
  { name: 'an unfinished text', text: '{"reason":"', code: 'MALFORMED_JSON' },
  { name: 'a raw line break in a text', text: '{"reason":"a\nb"}', code: 'MALFORMED_JSON' },
  { name: 'a comment', text: '{/* x */}', code: 'MALFORMED_JSON' },
  { name: 'bytes that are not UTF-8', text: bytes(0x22, 0xff, 0xfe, 0x22), code: 'MALFORMED_JSON' },
  { name: 'a surrogate in CESU-8', text: bytes(0x22, 0xed, 0xa0, 0x80, 0x22), code: 'MALFORMED_JSON' },
  { name: '5,000 nested lists', text: `{"reason":${nested('[', ']', 5_000)}}`, code: 'MALFORMED_JSON' },
  { name: '5,000 nested objects', text: nested('{"a":', '}', 5_000, '1'), code: 'MALFORMED_JSON' },
  { name: '21 levels', text: `{"reason":${nested('[', ']', 21)}}`, code: 'MALFORMED_JSON' },
  { name: 'a list', text: '[]', code: 'VALIDATION_FAILED' },
  { name: 'null', text: 'null', code: 'VALIDATION_FAILED' },
  { name: 'a text', text: '"reason"', code: 'VALIDATION_FAILED' },
  { name: 'a number', text: '1', code: 'VALIDATION_FAILED' },
  { name: 'an unknown member', text: '{"priceCents":1}', code: 'VALIDATION_FAILED' },
  { name: '__proto__', text: '{"__proto__":{"isAdmin":true}}', code: 'VALIDATION_FAILED' },
  { name: 'constructor', text: '{"constructor":{"prototype":{"a":1}}}', code: 'VALIDATION_FAILED' },
  { name: 'a NUL character', text: '{"reason":"a\\u0000b"}', code: 'VALIDATION_FAILED' },
  { name: 'a NUL character in a name', text: '{"a\\u0000":"b"}', code: 'VALIDATION_FAILED' },
  { name: 'half a surrogate pair', text: '{"reason":"\\ud800"}', code: 'VALIDATION_FAILED' },
  { name: 'half a surrogate pair in a name', text: '{"\\udfff":"x"}', code: 'VALIDATION_FAILED' },
  { name: '1e400', text: '{"amountCents":1e400}', code: 'VALIDATION_FAILED' },
  { name: '2^53 + 1', text: '{"amountCents":9007199254740993}', code: 'VALIDATION_FAILED' },
  { name: '-2^53 - 1', text: '{"amountCents":-9007199254740993}', code: 'VALIDATION_FAILED' },
];

/** Where in a body, and what stands there instead; undefined takes the member away. */
export type Change = readonly [pointer: string, value: unknown];

const UUID = '0190a000-0000-7000-8000-000000000001';
const NOT_A_COUNT = [true, '1', 1.5, 0, -1, 21, null, [], [1], {}, Number.MAX_SAFE_INTEGER] as const;
const NOT_A_UUID = [undefined, null, '', 'x', 1, true, [UUID], {}, `${UUID}0`, `{${UUID}}`] as const;
const NOT_CENTS = [true, '1', -1, 0.5, [1], {}, [[1]]] as const;

function each(pointer: string, values: readonly unknown[]): readonly Change[] {
  return values.map((value) => [pointer, value]);
}

function texts(pointer: string, lengthMax: number): readonly Change[] {
  return each(pointer, ['', 'x'.repeat(lengthMax + 1), 1, true, [], ['x'], {}]);
}

const ADDRESS = { name: 'Ada', line1: '1 Main St', city: 'Paris', postalCode: '75001', country: 'FR' };

const BAD_ADDRESSES: readonly unknown[] = [
  [],
  [ADDRESS],
  [[ADDRESS]],
  'Paris',
  1,
  {},
  { ...ADDRESS, name: undefined },
  { ...ADDRESS, name: '' },
  { ...ADDRESS, name: 1 },
  { ...ADDRESS, name: { first: 'Ada' } },
  { ...ADDRESS, email: 'no address' },
  { ...ADDRESS, email: `${'x'.repeat(250)}@example.test` },
  { ...ADDRESS, phone: '1' },
  { ...ADDRESS, country: 'ZZ' },
  { ...ADDRESS, country: 'FRA' },
  { ...ADDRESS, country: null },
  { ...ADDRESS, postalCode: '7'.repeat(21) },
  { ...ADDRESS, cardNumber: '4111111111111111' },
];

const REFUND_ITEMS: readonly Change[] = [
  ...each('/items', [[], 'x', 1, {}, [[]], [[{ itemId: UUID, quantity: 1 }]], [null], ['x']]),
  ...each(
    '/items',
    NOT_A_UUID.map((itemId) => [{ itemId, quantity: 1 }]),
  ),
  ...each(
    '/items',
    NOT_A_COUNT.map((quantity) => [{ itemId: UUID, quantity }]),
  ),
  [
    '/items',
    Array.from({ length: 51 }, (_, index) => ({ itemId: UUID.replace(/1$/, String(index)), quantity: 1 })),
  ],
];

const CREATE: readonly Change[] = [
  ...each('/eventId', NOT_A_UUID),
  ...each('/items', [undefined, null, [], 'x', 1, {}, { length: 1 }, [null], ['x'], [1], [[]]]),
  ['/items', [[{ ticketTypeId: UUID, quantity: 1 }]]],
  ['/items', Array.from({ length: 51 }, (_, index) => line(index, 1))],
  ['/items', Array.from({ length: 6 }, (_, index) => line(index, 20))],
  ['/items', [line(1, 1), line(1, 2)]],
  ['/items', [line(1, 1), { ...line(1, 2), ticketTypeId: UUID.toUpperCase() }]],
  ...each('/items/0/ticketTypeId', NOT_A_UUID),
  ...each('/items/0/quantity', [undefined, ...NOT_A_COUNT]),
  ...each('/items/0/unitPriceCents', NOT_CENTS),
  ['/items/0/priceCents', 1],
  ['/items/0/__proto__x', 1],
  ...each('/currency', ['US', 'XXQ', 12, [], {}, ['USD']]),
  ...texts('/promoCode', 64),
  ...each('/expectedTotalCents', NOT_CENTS),
  ...each('/billingAddress', BAD_ADDRESSES),
  ...each('/shippingAddress', BAD_ADDRESSES),
  ...each('/metadata', [[], 'x', 1, { a: 1 }, { a: null }, { a: {} }, { a: ['x'] }, { '': 'x' }]),
  ['/metadata', { ['k'.repeat(41)]: 'x' }],
  ['/metadata', { k: 'x'.repeat(501) }],
  ['/metadata', Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 'x']))],
  ...['totalCents', 'status', 'tenantId', 'userId', 'id', 'platformFeeCents'].map((name): Change => [
    `/${name}`,
    1,
  ]),
];

function line(index: number, quantity: number): Readonly<Record<string, unknown>> {
  return { ticketTypeId: UUID.replace(/01$/, String(index).padStart(2, '0')), quantity };
}

/** What is wrong in a body, per route; the rest of the body is right. */
export const BAD_MEMBERS: Readonly<Record<string, readonly Change[]>> = {
  'POST /api/v1/orders': CREATE,
  'POST /api/v1/orders/quote': CREATE,
  'POST /api/v1/orders/:orderId/cancel': [...texts('/reason', 500), ['/force', true]],
  'POST /api/v1/orders/:orderId/refund': [
    ...REFUND_ITEMS,
    ...texts('/reason', 500),
    ...each('/reason', [undefined, null]),
    ...each('/amountCents', [0, ...NOT_CENTS]),
  ],
  'POST /api/v1/orders/:orderId/refund-quote': REFUND_ITEMS,
  'POST /internal/v1/orders/:orderId/confirm': [
    ...texts('/paymentIntentId', 200),
    ...each('/paymentIntentId', [
      undefined,
      null,
      '.',
      '..',
      '../refunds',
      'a/b',
      'a?b',
      'a b',
      '%2e',
      '\u00e9',
    ]),
    ['/amountCents', 1],
  ],
  'POST /internal/v1/orders/:orderId/expire': texts('/reason', 500),
};

/** Queries that a list refuses. */
export const BAD_QUERIES: readonly string[] = [
  ...['0', '-1', '1.5', 'abc', 'NaN', 'Infinity', '', '%20', 'true', '1e400', '9007199254740993'].map(
    (limit) => `limit=${limit}`,
  ),
  'limit=1&limit=2',
  'limit[]=1',
  'limit[a]=1',
  'nope=1',
  '__proto__=1',
  'constructor=1',
  '__proto__[a]=1',
  'cursor=',
  `cursor=${'x'.repeat(2_001)}`,
  'cursor=a%00b',
  'cursor=1&cursor=2',
  '%00=1',
  '%ff=1',
];

export const BAD_ORDER_QUERIES: readonly string[] = [
  'status=',
  'status=pending',
  'status=PENDING,,RESERVED',
  'status=NOPE',
  'status[]=PENDING',
  'eventId=x',
  'eventId=',
  'userId=1',
  'orderNumber=x',
  'orderNumber=ORD-%00%00',
  'sort=price',
  'sort=createdAt;drop',
  'createdFrom=yesterday',
  'createdFrom=2026-01-31',
  'createdFrom=2026-01-31T12:00:00',
  'createdFrom=2026-02-30T00:00:00Z',
  'createdFrom=2026-13-01T00:00:00Z',
  'createdTo=2026-01-31T25:00:00Z',
  'createdTo=2026-01-31T24:00:01Z',
  'createdTo=0000-01-01T00:00:00Z',
  'createdTo=2026-01-31T12:00:00%2B99:99',
  'createdTo=2026-01-31T12:00:00%2B23:00',
  'createdFrom=2026-01-31T12:00:00Z&createdFrom=2026-01-31T12:00:00Z',
];

/** Path ids that are none. */
export const BAD_IDS: readonly string[] = [
  'x',
  '1',
  'null',
  'undefined',
  '%00',
  '%20',
  '%ff',
  '%',
  '%zz',
  '%2e%2e%2fadmin',
  '..%5c',
  "'%20or%201=1--",
  UUID.slice(1),
  `${UUID}0`,
  `%7B${UUID}%7D`,
  `${UUID}%00`,
  `${UUID}%0a`,
  'x'.repeat(2_000),
  '%F0%9F%8E%9F',
  '__proto__',
];

export const BAD_KEYS: readonly string[] = [
  'x',
  '1',
  'null',
  UUID.slice(1),
  `${UUID}0`,
  `"${UUID}`,
  `${UUID}"`,
  `'${UUID}'`,
  `{${UUID}}`,
  `${UUID}, ${UUID}`,
  `urn:uuid:${UUID}`,
  'k'.repeat(8_000),
  '\u00e9'.repeat(36),
];

export const BAD_VERSIONS: readonly string[] = [
  '',
  'x',
  'v1',
  '1',
  '"1"',
  '"v0"',
  '"v-1"',
  '"v1.5"',
  '"v01"',
  'W/"v1"',
  '"v1", "v2"',
  '"v1"x',
  '"v99999999999999999999"',
  '"v1',
  '"*"',
];

function bytes(...middle: number[]): Uint8Array<ArrayBuffer> {
  const [before, after] = [[...Buffer.from('{"reason":')], [...Buffer.from('}')]];
  return Uint8Array.from([...before, ...middle, ...after]);
}

function nested(open: string, close: string, depth: number, inner = ''): string {
  return `${open.repeat(depth)}${inner}${close.repeat(depth)}`;
}
