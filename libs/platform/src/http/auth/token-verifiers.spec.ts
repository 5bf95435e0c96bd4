import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import { MINUTE_MS, SECOND_MS } from '@app/kernel';
import { StandingClock, upstreamConfig } from '../../../../../test/support/fake-sibling.js';
import {
  JwksServer,
  newSigningKey,
  publicJwk,
  publicPem,
  serviceClaims,
  sign,
  userClaims,
  type SigningKey,
} from '../../../../../test/support/token-issuer.js';
import { HttpJwksSource } from '../jwks-source.js';
import { authoriseService, readServiceClaims, readUserClaims } from './identity.js';
import { TokenVerifiers } from './token-verifiers.js';

Logger.overrideLogger(false);

const source = new HttpJwksSource();

function verifiersFor(
  environment: Readonly<Record<string, string>>,
  clock = new StandingClock(),
): TokenVerifiers {
  return new TokenVerifiers(upstreamConfig('http://127.0.0.1:9', environment), clock, source);
}

describe('tokens checked with one configured key', () => {
  const clock = new StandingClock();
  const now = clock.now();
  const key = newSigningKey('ES256');
  const verifiers = verifiersFor(
    { AUTH_PUBLIC_KEY: publicPem(key), SERVICE_PUBLIC_KEY: publicPem(key) },
    clock,
  );
  const { users } = verifiers;
  const signBytes = (header: Record<string, unknown>, claims: object = userClaims(now)): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(key.privateKey, { crit: { b64: true, exotic: true } });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('accepts a token signed with %s', async (algorithm) => {
    const own = newSigningKey(algorithm);
    const ownVerifiers = verifiersFor({ AUTH_PUBLIC_KEY: publicPem(own) }, clock);
    await expect(ownVerifiers.users.verify(await sign(own, userClaims(now)))).resolves.toMatchObject({
      type: 'access',
    });
  });

  it('accepts a token that ran out 59 s ago and refuses one that ran out 61 s ago', async () => {
    const seconds = now.getTime() / 1_000;
    await expect(
      users.verify(await sign(key, userClaims(now, { exp: seconds - 59 }))),
    ).resolves.toBeDefined();
    await expect(users.verify(await sign(key, userClaims(now, { exp: seconds - 61 })))).rejects.toThrow(
      'not valid',
    );
  });

  it('refuses a token whose end JSON reads as infinity', async () => {
    const claims = JSON.stringify(userClaims(now)).replace(/"exp":\d+/, '"exp":1e999');
    const token = await new CompactSign(new TextEncoder().encode(claims))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key.privateKey);
    await expect(users.verify(token)).rejects.toThrow('not valid');
  });

  const inOneHour = now.getTime() / 1_000 + 3_600;
  it.each<[string, () => Promise<string> | string]>([
    ['no signature (alg none)', () => new UnsecuredJWT(userClaims(now)).encode()],
    ['alg none in other letters', () => forgedHeader({ alg: 'nOnE' })],
    ['the public key as an HMAC secret', () => hmacToken(publicPem(key), userClaims(now))],
    ['an algorithm that is not allowed', () => otherKeyToken('ES384')],
    ["another issuer's key", async () => sign(newSigningKey('ES256'), userClaims(now))],
    ['another issuer', async () => sign(key, userClaims(now, { iss: 'evil' }))],
    ['another audience', async () => sign(key, userClaims(now, { aud: 'order-service' }))],
    ['no audience', async () => sign(key, without(userClaims(now), 'aud'))],
    ['no expiry', async () => sign(key, without(userClaims(now), 'exp'))],
    ['an expiry that is a text', async () => signBytes({}, { ...userClaims(now), exp: '9999999999' })],
    ['no subject', async () => sign(key, without(userClaims(now), 'sub'))],
    ['not before one hour from now', async () => sign(key, userClaims(now, { nbf: inOneHour }))],
    ['a jku header', async () => sign(key, userClaims(now), { jku: 'http://evil.example/jwks' })],
    ['an x5u header', async () => sign(key, userClaims(now), { x5u: 'http://evil.example/cert' })],
    ['a jwk header', async () => sign(key, userClaims(now), { jwk: await publicJwk(newSigningKey()) })],
    ['a critical header', async () => signBytes({ crit: ['exotic'], exotic: 1 })],
    ['an unencoded payload', async () => signBytes({ b64: true, crit: ['b64'] })],
    ['a key id that is no text', async () => forgedHeader({ alg: 'ES256', kid: { $ne: null } })],
    ['claims that are no object', async () => signBytes({}, [1])],
    ['a changed payload', async () => tampered(await sign(key, userClaims(now)))],
    ['a token of 9 KiB', async () => sign(key, userClaims(now, { padding: 'x'.repeat(9_000) }))],
    ['a text that is no token', () => 'not.a.token'],
  ])('refuses %s', async (_name, token) => {
    await expect(users.verify(await token())).rejects.toMatchObject({ name: 'TokenRefused' });
  });

  it('remembers a verified token only until it runs out', async () => {
    const ownClock = new StandingClock();
    const own = verifiersFor({ AUTH_PUBLIC_KEY: publicPem(key) }, ownClock);
    const token = await sign(key, userClaims(ownClock.now()));
    await own.users.verify(token);
    ownClock.advance(359 * SECOND_MS);
    await expect(own.users.verify(token)).resolves.toBeDefined();
    ownClock.advance(2 * SECOND_MS);
    await expect(own.users.verify(token)).rejects.toThrow('not valid');
  });

  it('refuses to start with something that is no key', () => {
    expect(() =>
      verifiersFor({ AUTH_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' }),
    ).toThrow('AUTH_PUBLIC_KEY must be a public key');
  });

  it('refuses to start with an RSA key of 1024 bits', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    expect(() => verifiersFor({ AUTH_PUBLIC_KEY: weak.toString() })).toThrow(
      'AUTH_PUBLIC_KEY must be a public key',
    );
  });

  it('tells a message whose service token it brings, and what that may do', async () => {
    const token = await sign(key, serviceClaims(now));
    const identity = await verifiers.serviceIdentity(token);

    expect(authoriseService(identity, { scope: 'orders:confirm', tenantHeader: undefined })).toEqual({
      kind: 'service',
      tenantId: '0190a000-0000-7000-8000-0000000000aa',
      name: 'payment-service',
      scopes: ['orders:confirm', 'orders:read'],
    });
    expect(() => authoriseService(identity, { scope: 'orders:expire', tenantHeader: undefined })).toThrow(
      'FORBIDDEN',
    );
    await expect(verifiers.serviceIdentity('x.y.z')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(verifiers.serviceIdentity(await sign(key, userClaims(now)))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('what tokens claim', () => {
  const now = new StandingClock().now();

  it.each([
    [{ role: 'customer' }, 'customer'],
    [{ role: 'admin' }, 'admin'],
    [{ role: undefined, roles: ['customer', 'admin'] }, 'admin'],
    [{ role: 'customer', roles: 'admin' }, 'admin'],
    [{ role: 'superuser' }, undefined],
    [{ role: undefined }, undefined],
    [{ role: ['admin'] }, 'admin'],
    [{ role: { admin: true } }, undefined],
  ])('reads the role of %j as %s', (claims, role) => {
    expect(readUserClaims(userClaims(now, claims))?.role).toBe(role);
  });

  it.each([
    { sub: 'bob' },
    { tenant_id: 'acme' },
    { tenant_id: undefined },
    { type: 'refresh' },
    { type: 'service' },
    { type: undefined },
  ])('takes %j for no user token', (claims) => {
    expect(readUserClaims(userClaims(now, claims))).toBeNull();
  });

  it.each([{ type: 'access' }, { scope: ['orders:read'] }, { tenant_id: 'acme' }, { sub: 'a b' }])(
    'takes %j for no service token',
    (claims) => {
      expect(readServiceClaims(serviceClaims(now, claims))).toBeNull();
    },
  );

  it('grants only scopes that exist', () => {
    expect(readServiceClaims(serviceClaims(now, { scope: 'orders:read orders:*  admin' }))?.scopes).toEqual([
      'orders:read',
    ]);
  });
});

describe('tokens checked with published keys', () => {
  let jwks: JwksServer;
  let clock: StandingClock;
  let first: SigningKey;
  let second: SigningKey;

  beforeEach(async () => {
    jwks = await JwksServer.start();
    clock = new StandingClock();
    first = newSigningKey('RS256', 'first');
    second = newSigningKey('EdDSA', 'second');
    await jwks.publish(first);
  });

  afterEach(() => jwks.stop());

  const verifiers = (): TokenVerifiers =>
    verifiersFor({ AUTH_JWKS_URL: jwks.url, JWKS_STALE_MAX_MINUTES: '120' }, clock);
  const userToken = (key: SigningKey): Promise<string> =>
    sign(key, userClaims(clock.now(), { exp: clock.now().getTime() / 1_000 + 86_400 }));

  it('fetches the key set once for a hundred requests at once', async () => {
    const { users } = verifiers();
    const token = await userToken(first);
    await Promise.all(Array.from({ length: 100 }, () => users.verify(token)));
    expect(jwks.fetches).toBe(1);
  });

  it('learns a rotated key from the first token that names it', async () => {
    const { users } = verifiers();
    await users.verify(await userToken(first));
    await jwks.publish(first, second);
    await expect(users.verify(await userToken(second))).resolves.toBeDefined();
    expect(jwks.fetches).toBe(2);
  });

  it('forgets a token whose key was rotated out, although it was verified before', async () => {
    const { users } = verifiers();
    const token = await userToken(first);
    await users.verify(token);
    await jwks.publish(second);
    await users.verify(await userToken(second));
    clock.advance(10 * SECOND_MS);
    await expect(users.verify(token)).rejects.toMatchObject({ name: 'TokenRefused' });
  });

  it('fetches once in ten seconds however many made-up key ids arrive', async () => {
    const { users } = verifiers();
    await users.verify(await userToken(first));
    const storm = await Promise.all(
      Array.from({ length: 50 }, (_, index) => userToken({ ...second, kid: `made-up-${index}` })),
    );
    for (const token of storm)
      await expect(users.verify(token)).rejects.toMatchObject({ name: 'TokenRefused' });
    expect(jwks.fetches).toBe(2);
    clock.advance(10 * SECOND_MS);
    await expect(users.verify(await userToken({ ...second, kid: 'made-up' }))).rejects.toMatchObject({
      name: 'TokenRefused',
    });
    expect(jwks.fetches).toBe(3);
  });

  it('says that auth-service is away, not that the token is bad, while it has no key at all', async () => {
    jwks.status = 503;
    const { users } = verifiers();
    const token = await userToken(first);
    await expect(users.verify(token)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      members: { upstream: 'auth-service' },
    });
    await expect(users.verify(token)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(jwks.fetches).toBe(1);
    jwks.status = 200;
    clock.advance(SECOND_MS);
    await expect(users.verify(token)).resolves.toBeDefined();
  });

  it('serves the keys it has while auth-service is away, and stops after the configured time', async () => {
    const { users } = verifiers();
    await users.verify(await userToken(first));
    jwks.status = 500;
    clock.advance(119 * MINUTE_MS);
    await expect(users.verify(await userToken(first))).resolves.toBeDefined();
    clock.advance(2 * MINUTE_MS);
    await expect(users.verify(await userToken(first))).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it('knows its users through an hour without auth-service, asking for keys now and then, and learns new ones after', async () => {
    const { users } = verifiers();
    await users.verify(await userToken(first));
    const before = jwks.fetches;
    jwks.status = 503;
    await jwks.publish(first, second);
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(MINUTE_MS);
      await expect(users.verify(await userToken(first))).resolves.toBeDefined();
      for (const kid of ['second', 'made-up']) {
        await expect(users.verify(await userToken({ ...second, kid }))).rejects.toMatchObject({
          name: 'TokenRefused',
        });
      }
    }
    expect(jwks.fetches - before).toBe(60);

    jwks.status = 200;
    clock.advance(10 * SECOND_MS);
    await expect(users.verify(await userToken(second))).resolves.toBeDefined();
    expect(jwks.fetches - before).toBe(61);
  });

  it('ignores published keys that are not for signatures, are secrets, or are too weak', async () => {
    const own = await publicJwk(first);
    jwks.publishRaw(
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' },
      { ...own, kid: 'encryption', use: 'enc' },
      { kty: 'RSA', kid: 'broken', n: 'AA', e: 'AQAB' },
      own,
    );
    const { users } = verifiers();
    await expect(users.verify(await userToken(first))).resolves.toBeDefined();
    await expect(users.verify(await userToken({ ...first, kid: 'encryption' }))).rejects.toMatchObject({
      name: 'TokenRefused',
    });
  });

  it('does not verify with a key that was published for another algorithm', async () => {
    jwks.publishRaw({ ...(await publicJwk(first)), alg: 'PS256' });
    const { users } = verifiers();
    await expect(users.verify(await userToken(first))).rejects.toMatchObject({ name: 'TokenRefused' });
  });

  it('accepts a token without a key id only while there is a single key', async () => {
    const nameless = async (): Promise<string> =>
      new SignJWT(userClaims(clock.now())).setProtectedHeader({ alg: 'RS256' }).sign(first.privateKey);
    const { users } = verifiers();
    await expect(users.verify(await nameless())).resolves.toBeDefined();
    await jwks.publish(first, second);
    await users.verify(await userToken(second));
    await expect(users.verify(await nameless())).rejects.toMatchObject({ name: 'TokenRefused' });
  });
});

function without(claims: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
}

function base64Json(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function forgedHeader(header: object): string {
  return `${base64Json(header)}.${base64Json({ sub: 'x' })}.AAAA`;
}

function tampered(token: string): string {
  const [header, , signature] = token.split('.');
  return `${header}.${base64Json(userClaims(new Date(), { role: 'admin' }))}.${signature}`;
}

function hmacToken(secret: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

function otherKeyToken(algorithm: 'ES384'): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return new SignJWT(userClaims(new Date())).setProtectedHeader({ alg: algorithm }).sign(privateKey);
}
