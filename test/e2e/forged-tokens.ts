import { createHmac, randomBytes, sign as signBytes, type KeyObject } from 'node:crypto';
import { exportJWK } from 'jose';
import {
  newSigningKey,
  publicJwk,
  publicPem,
  serviceClaims,
  sign,
  userClaims,
  type SigningKey,
} from '../support/token-issuer.js';

export interface Forgery {
  readonly name: string;
  /** The whole value of the Authorization header. */
  readonly authorization: string;
}

export interface Forge {
  readonly userKey: SigningKey;
  readonly serviceKey: SigningKey;
  readonly tenantId: string;
  /** Where an attacker would publish keys; nobody may ever look there. */
  readonly attackersUrl: string;
}

type Header = Readonly<Record<string, unknown>>;

export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function rsa(key: KeyObject, hash = 'sha256'): (input: string) => Buffer {
  return (input) => signBytes(hash, Buffer.from(input), key);
}

function hmac(secret: string | Buffer): (input: string) => Buffer {
  return (input) => createHmac('sha256', secret).update(input).digest();
}

/** A compact JWS of exactly this header and payload. */
function compact(header: unknown, payload: unknown, signature: (input: string) => Buffer): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

/** Tokens for a user route that somebody made, changed or found; none may open anything. */
export async function forgedUserTokens(forge: Forge): Promise<readonly Forgery[]> {
  const groups = [
    await byAlgorithm(forge),
    await byHeader(forge),
    await byClaims(forge),
    await byShape(forge),
  ];
  return groups.flat().map(([name, token]) => ({
    name,
    authorization: token.includes(' ') ? token : `Bearer ${token}`,
  }));
}

type Named = readonly (readonly [name: string, tokenOrHeader: string])[];

function claimsOf(forge: Forge, claims: Header = {}): Header {
  return userClaims(new Date(), { tenant_id: forge.tenantId, ...claims });
}

async function byAlgorithm(forge: Forge): Promise<Named> {
  const { userKey } = forge;
  const { kid } = userKey;
  const claims = claimsOf(forge);
  const good = await sign(userKey, claims);
  const [, payload = '', signature = ''] = good.split('.');
  const der = userKey.publicKey.export({ type: 'spki', format: 'der' });
  const { n = '' } = await exportJWK(userKey.publicKey);
  const attacker = newSigningKey('RS256', kid);
  const none = (alg: string): string => `${part({ alg, kid })}.${payload}.`;
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) => [`alg ${alg} without signature`, none(alg)] as const),
    ['alg none with a signature', `${none('none')}${signature}`],
    ['HS256 with the public PEM', compact({ alg: 'HS256', kid }, claims, hmac(publicPem(userKey)))],
    [
      'HS256 with the public PEM, trimmed',
      compact({ alg: 'HS256', kid }, claims, hmac(publicPem(userKey).trim())),
    ],
    ['HS256 with the public DER', compact({ alg: 'HS256', kid }, claims, hmac(der))],
    ['HS256 with the modulus', compact({ alg: 'HS256', kid }, claims, hmac(n))],
    ['HS256 with an empty secret', compact({ alg: 'HS256', kid }, claims, hmac(''))],
    ['HS256 without kid', compact({ alg: 'HS256' }, claims, hmac(publicPem(userKey)))],
    ['RS256 that was signed with an HMAC', compact({ alg: 'RS256', kid }, claims, hmac(publicPem(userKey)))],
    ['RS384 of the right key', compact({ alg: 'RS384', kid }, claims, rsa(userKey.privateKey, 'sha384'))],
    ['RS512 of the right key', compact({ alg: 'RS512', kid }, claims, rsa(userKey.privateKey, 'sha512'))],
    ['ES256 of an RSA key', compact({ alg: 'ES256', kid }, claims, rsa(userKey.privateKey))],
    ['ES256 with a signature of zeroes', compact({ alg: 'ES256', kid }, claims, () => Buffer.alloc(64))],
    ['EdDSA with a signature of zeroes', compact({ alg: 'EdDSA', kid }, claims, () => Buffer.alloc(64))],
    ['alg missing', compact({ kid }, claims, rsa(userKey.privateKey))],
    ['alg as a list', compact({ alg: ['RS256'], kid }, claims, rsa(userKey.privateKey))],
    ['alg rs256', compact({ alg: 'rs256', kid }, claims, rsa(userKey.privateKey))],
    ["a stranger's key under our kid", await sign(attacker, claims)],
    ["the services' key", await sign(forge.serviceKey, claims)],
    ["the services' key under the users' kid", await sign({ ...forge.serviceKey, kid }, claims)],
  ];
}

async function byHeader(forge: Forge): Promise<Named> {
  const { userKey, attackersUrl } = forge;
  const claims = claimsOf(forge);
  const attacker = newSigningKey('RS256', userKey.kid);
  const jwk = await publicJwk(attacker);
  const withHeader = (header: Header, key = userKey): Promise<string> =>
    Promise.resolve(compact({ alg: 'RS256', kid: key.kid, ...header }, claims, rsa(key.privateKey)));
  return [
    ["jwk with a stranger's key", await withHeader({ jwk }, attacker)],
    ['jwk although the key is right', await withHeader({ jwk })],
    ["jku to a stranger's keys", await withHeader({ jku: attackersUrl, kid: 'theirs' }, attacker)],
    ['jku although the key is right', await withHeader({ jku: attackersUrl })],
    ["x5u to a stranger's certificate", await withHeader({ x5u: attackersUrl }, attacker)],
    ['x5u although the key is right', await withHeader({ x5u: attackersUrl })],
    ["x5c with a stranger's key", await withHeader({ x5c: [publicPem(attacker)] }, attacker)],
    ['crit', await withHeader({ crit: ['exp'] })],
    ['crit of something unknown', await withHeader({ crit: ['x'], x: 1 })],
    ['b64 false', await withHeader({ b64: false, crit: ['b64'] })],
    ...(await Promise.all(
      [
        1,
        {},
        [userKey.kid],
        '',
        'unknown',
        '../../dev/null',
        "' or 1=1 --",
        '__proto__',
        'x'.repeat(2_000),
      ].map(async (kid) => [`kid ${JSON.stringify(kid).slice(0, 40)}`, await withHeader({ kid })] as const),
    )),
    ['kid of the service key', await withHeader({ kid: forge.serviceKey.kid })],
  ];
}

const PAST = 1_000_000_000;

/** Claims that are wrong in one way, under a good signature. */
function wrongClaims(): readonly Header[] {
  const now = Math.floor(Date.now() / 1_000);
  return [
    ...[undefined, '', 'another', 'auth-service/', ['auth-service'], 1, null].map((iss) => ({ iss })),
    ...[undefined, '', 'order-service', ['order-service'], 'ticketing-api ', 1, {}].map((aud) => ({ aud })),
    ...[undefined, null, PAST, 0, -1, String(now + 300), '', true, [now + 300], now - 61].map((exp) => ({
      exp,
    })),
    ...[now + 3_600, 'tomorrow', {}].map((nbf) => ({ nbf })),
    ...[undefined, '', 'refresh', 'service', 'ACCESS', ['access'], null].map((type) => ({ type })),
    ...[undefined, '', 'admin', '1', 1, null, [], 'x'.repeat(36), `${'0'.repeat(8)}-0000-0000-0000`].map(
      (sub) => ({ sub }),
    ),
    ...[undefined, null, '', 'default', 1, [], {}, '*', '0190a000-0000-7000-8000-0000000000aa '].map(
      (tenant_id) => ({ tenant_id }),
    ),
  ];
}

async function byClaims(forge: Forge): Promise<Named> {
  const { userKey } = forge;
  const header = { alg: 'RS256', kid: userKey.kid };
  const wrong = wrongClaims().map((claims) => {
    const shown =
      JSON.stringify(claims) === '{}' ? `no ${Object.keys(claims).join('')}` : JSON.stringify(claims);
    return [shown, compact(header, { ...claimsOf(forge), ...claims }, rsa(userKey.privateKey))] as const;
  });
  const payloads = [
    '',
    'x',
    '[]',
    'null',
    '"text"',
    '{',
    '{"exp":1e999}',
    JSON.stringify(claimsOf(forge)).replace(/"exp":\d+/, '"exp":1e999'),
  ];
  const broken = payloads.map(
    (payload) =>
      [`payload ${payload.slice(0, 12)}`, compact(header, payload, rsa(userKey.privateKey))] as const,
  );
  return [...wrong, ...broken];
}

async function byShape(forge: Forge): Promise<Named> {
  const { userKey } = forge;
  const good = await sign(userKey, claimsOf(forge));
  const other = await sign(userKey, claimsOf(forge, { jti: 'other' }));
  const [header = '', payload = '', signature = ''] = good.split('.');
  const flipped = Buffer.from(signature, 'base64url');
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const asAdmin = part({ ...claimsOf(forge), role: 'admin' });
  const padded = await sign(userKey, claimsOf(forge, { padding: randomBytes(3_500).toString('hex') }));
  return [
    ['a changed payload', `${header}.${asAdmin}.${signature}`],
    ["another token's signature", `${header}.${payload}.${other.split('.')[2] ?? ''}`],
    ['a flipped bit', `${header}.${payload}.${flipped.toString('base64url')}`],
    ['a short signature', `${header}.${payload}.${signature.slice(0, -8)}`],
    ['a long signature', `${header}.${payload}.${signature}AAAA`],
    ['no signature', `${header}.${payload}`],
    ['an empty signature', `${header}.${payload}.`],
    ['four parts', `${good}.x`],
    ['five parts', `${good}.x.y`],
    ['no parts', 'token'],
    ['empty parts', '..'],
    ['padding', `${header}=.${payload}==.${signature}==`],
    ['standard base64', `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}+/==`],
    ['a header that is no JSON', `${part('{')}.${payload}.${signature}`],
    ['a header that is a list', `${part([])}.${payload}.${signature}`],
    ['9 KB', padded],
    ['something after the token', `Bearer ${good} x`],
    ['two tokens', `Bearer ${good}, Bearer ${good}`],
    ['quotes', `Bearer "${good}"`],
    ['no scheme', ` ${good}`],
    ['scheme Basic', `Basic ${Buffer.from('user:password').toString('base64')}`],
    ['scheme Token', `Token ${good}`],
    ['scheme DPoP', `DPoP ${good}`],
    ['only the scheme', 'Bearer '],
    ['null', 'Bearer null'],
    ['undefined', 'Bearer undefined'],
  ];
}

/** Tokens for an internal route. */
export async function forgedServiceTokens(forge: Forge): Promise<readonly Forgery[]> {
  const { serviceKey, userKey, tenantId } = forge;
  const scope = 'orders:read orders:expire';
  const claims = serviceClaims(new Date(), { tenant_id: tenantId, scope });
  const wrong: readonly Header[] = [
    { type: 'access' },
    { type: undefined },
    { aud: 'ticketing-api' },
    { iss: 'order-service' },
    { exp: PAST },
    { exp: undefined },
    { sub: undefined },
    { sub: '' },
    { sub: 'with spaces and / signs' },
    { sub: 'x'.repeat(101) },
    { scope: ['orders:read'] },
    { scope: { 'orders:read': true } },
    { tenant_id: 'default' },
    { tenant_id: [tenantId] },
  ];
  const tokens = await Promise.all(
    wrong.map(
      async (change) => [JSON.stringify(change), await sign(serviceKey, { ...claims, ...change })] as const,
    ),
  );
  const { privateKey, kid } = serviceKey;
  const derSignature = (input: string): Buffer => signBytes('sha256', Buffer.from(input), privateKey);
  return [
    ...tokens,
    ["the users' key", await sign(userKey, claims)] as const,
    ["the users' key under our kid", await sign({ ...userKey, kid }, claims)] as const,
    ['a DER signature', compact({ alg: 'ES256', kid }, claims, derSignature)] as const,
    ['a signature of zeroes', compact({ alg: 'ES256', kid }, claims, () => Buffer.alloc(64))] as const,
    [
      'the public key as a secret',
      compact({ alg: 'HS256', kid }, claims, hmac(publicPem(serviceKey))),
    ] as const,
  ].map(([name, token]) => ({ name, authorization: `Bearer ${token}` }));
}
