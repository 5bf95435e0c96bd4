import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { StandingClock, upstreamConfig } from '../../../../test/support/fake-sibling.js';
import { ServiceTokens } from './service-token.js';

const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ED_KEY = generateKeyPairSync('ed25519').privateKey;

function given(key = EC_KEY): { tokens: ServiceTokens; clock: StandingClock } {
  const clock = new StandingClock();
  const config = upstreamConfig('http://127.0.0.1:1', {
    SERVICE_SIGNING_KEY: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    SERVICE_SIGNING_KID: 'kid-1',
    SERVICE_ISSUER: 'issuer-1',
  });
  return { tokens: new ServiceTokens(config, clock), clock };
}

describe('service tokens', () => {
  it.each([
    ['ES256', EC_KEY],
    ['EdDSA', ED_KEY],
  ])('are signed with %s as the key demands, for one callee and five minutes', async (alg, key) => {
    const { tokens, clock } = given(key);
    const token = await tokens.token('ticket-service');
    const { payload } = await jwtVerify(token, createPublicKey(key), {
      currentDate: clock.now(),
      audience: 'ticket-service',
      issuer: 'issuer-1',
      subject: 'order-service',
    });
    expect(decodeProtectedHeader(token)).toEqual({ alg, kid: 'kid-1', typ: 'JWT' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it('are kept until a minute before their end', async () => {
    const { tokens, clock } = given();
    const first = await tokens.token('event-service');
    clock.advance(239_000);
    expect(await tokens.token('event-service')).toBe(first);
    clock.advance(1_000);
    expect(await tokens.token('event-service')).not.toBe(first);
  });

  it('differ from callee to callee', async () => {
    const { tokens } = given();
    expect(await tokens.token('event-service')).not.toBe(await tokens.token('payment-service'));
  });

  it('that are rejected together are renewed once', async () => {
    const { tokens } = given();
    const rejected = await tokens.token('event-service');
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.renew('event-service', rejected)));
    expect(new Set(renewed).size).toBe(1);
    expect(renewed).not.toContain(rejected);
    expect(await tokens.token('event-service')).toBe(renewed[0]);
  });

  it('need a key that siblings accept', () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(() => given(key)).toThrow(
      'SERVICE_SIGNING_KEY must be a P-256 key (ES256) or an Ed25519 key (EdDSA)',
    );
  });
});
