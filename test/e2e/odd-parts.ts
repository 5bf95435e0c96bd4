/** The same address written so that a careless router or guard would take it for another. */
export function oddPaths(plain: string): readonly string[] {
  return [
    plain.replace('o', '%6f'),
    plain.replaceAll('/', '%2f'),
    plain.replaceAll('/', '//'),
    `${plain}/`,
    `${plain}%00`,
    `${plain}%ff%fe`,
    `${plain}%c0%af`,
    `${plain}%`,
    `${plain}%zz`,
    `${plain}/..%2f..`,
    `/health/live/../..${plain}`,
    plain.replaceAll('%', '%25'),
    plain.replace('/orders', '/orders;x=1'),
    plain.replace('/orders', '\\orders'),
    plain.toUpperCase(),
    `http://localhost${plain}`,
    `${plain}${'a'.repeat(8_000)}`,
    `${plain}é`,
    `${plain}#x`,
  ];
}

export const ODD_QUERIES = [
  '?limit=1&limit=2',
  '?limit[]=1',
  '?limit[a]=1',
  '?limit=1;sort=createdAt',
  '?%',
  '?%zz=1',
  '?=',
  '?&&&',
  '?limit=%00',
  '?status=%ff',
  '?__proto__[x]=1',
  '?constructor=1',
  '?cursor=%F0%9F%8E%9F',
  `?cursor=${'A'.repeat(8_000)}`,
  '?status=PENDING&status=RESERVED',
  '?limit=1e2',
  '?limit=+1',
  '?limit= 1'.replace(' ', '%20'),
];

export const ODD_TYPES = [
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: application/json; charset="utf-8"',
  'Content-Type: application/json, text/plain',
  'Content-Type: application/vnd.api+json',
  'Content-Type: multipart/form-data; boundary=x',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: ',
  'Content-Type: application/json\r\nContent-Encoding: gzip',
  'X-No-Content-Type: 1',
];

export const ODD_NUMBERS = [
  '1e400',
  '-1e400',
  '1e-400',
  '-0',
  '9007199254740993',
  '0.1',
  '1.0',
  '1E2',
  '01',
  '+1',
  '0x1',
  'NaN',
  'Infinity',
];

export const ODD_METHODS = [
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'POST ',
  'M-SEARCH',
];
