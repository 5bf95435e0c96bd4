import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { SignJWT, createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { DEFAULT_TENANT_ID } from '../src/index.js';
import { startForTest, stopAll } from './sandbox-under-test.js';

afterEach(stopAll);

describe('tokens', () => {
  it('of users and services verify against the published keys', async () => {
    const sandbox = await startForTest();
    const keys = createLocalJWKSet(
      (await sandbox.send('GET', '/.well-known/jwks.json')).body as unknown as JSONWebKeySet,
    );
    const user = await sandbox.post('/sandbox/tokens');
    const verified = await jwtVerify(String(user.body.token), keys, {
      issuer: 'auth-service',
      audience: 'ticketing-api',
      algorithms: ['RS256'],
    });
    expect(user.status).toBe(201);
    expect(verified.payload).toMatchObject({
      sub: user.body.sub,
      type: 'access',
      tenant_id: DEFAULT_TENANT_ID,
      permissions: [],
      role: 'customer',
    });
    const service = await sandbox.post('/sandbox/tokens', { type: 'service' });
    const { payload } = await jwtVerify(String(service.body.token), keys, { audience: 'order-service' });
    expect(payload).toMatchObject({ sub: 'payment-service', type: 'service' });
    expect(payload).not.toHaveProperty('tenant_id');
    expect(payload.scope).toBe('orders:confirm orders:expire orders:read orders:bulk-cancel');
  });

  it('can be made wrong', async () => {
    const sandbox = await startForTest();
    const keys = createLocalJWKSet(
      (await sandbox.send('GET', '/.well-known/jwks.json')).body as unknown as JSONWebKeySet,
    );
    const expired = await sandbox.post('/sandbox/tokens', { ttlSeconds: -120 });
    await expect(jwtVerify(String(expired.body.token), keys)).rejects.toThrow('exp');
    const odd = await sandbox.post('/sandbox/tokens', { audience: 'elsewhere', claims: { tenant_id: 7 } });
    expect((await jwtVerify(String(odd.body.token), keys)).payload).toMatchObject({
      aud: 'elsewhere',
      tenant_id: 7,
    });
  });
});

describe('the service token of order-service', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const orderServicePublicKey = publicKey.export({ format: 'pem', type: 'spki' }).toString();

  async function sign(audience: string, key: KeyObject = privateKey): Promise<string> {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'order-service-1' })
      .setIssuer('order-service')
      .setSubject('order-service')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key);
    return `Bearer ${token}`;
  }

  it('opens the sibling it was signed for, and no other', async () => {
    const sandbox = await startForTest({ orderServicePublicKey });
    const body = { ticketTypeIds: [randomUUID()] };
    const ask = async (authorization: string): Promise<number> =>
      (await sandbox.send('POST', '/internal/tickets/availability', body, { authorization })).status;
    const forTickets = await sign('ticket-service');
    expect(await ask(forTickets)).toBe(200);
    expect(await ask(forTickets)).toBe(200);
    expect(await ask(await sign('payment-service'))).toBe(401);
    expect(
      await ask(await sign('ticket-service', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)),
    ).toBe(401);
    expect((await sandbox.post('/internal/tickets/availability', body)).status).toBe(401);
    expect((await sandbox.send('GET', '/health/live')).status).toBe(200);
  });

  it('may be signed with Ed25519', async () => {
    const pair = generateKeyPairSync('ed25519');
    const sandbox = await startForTest({
      orderServicePublicKey: createPublicKey(pair.privateKey)
        .export({ format: 'pem', type: 'spki' })
        .toString(),
    });
    const token = await new SignJWT({ iss: 'order-service', sub: 'order-service', aud: 'ticket-service' })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setExpirationTime('5m')
      .sign(pair.privateKey);
    const body = { ticketTypeIds: [randomUUID()] };
    const headers = { authorization: `Bearer ${token}` };
    expect((await sandbox.send('POST', '/internal/tickets/availability', body, headers)).status).toBe(200);
  });
});
