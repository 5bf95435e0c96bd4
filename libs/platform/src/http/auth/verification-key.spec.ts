import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { StandingClock } from '../../../../../test/support/fake-sibling.js';
import type { TokenRules } from './token-rules.js';
import { VerificationKey } from './verification-key.js';

const clock = new StandingClock();
const rules: TokenRules = {
  issuer: 'auth-service',
  audience: 'order-service',
  algorithms: ['RS256', 'ES256', 'ES384', 'EdDSA'],
};
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });

describe('a key that verifies tokens', () => {
  it.each([
    ['an EC key on P-256', p256.publicKey, ['ES256']],
    ['an EC key on P-384', p384.publicKey, ['ES384']],
    ['an Ed25519 key', generateKeyPairSync('ed25519').publicKey, ['EdDSA']],
    ['an RSA key of 2048 bits', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, ['RS256']],
  ])('is used, as %s, for its own algorithm alone', (_name, key, algorithms) => {
    expect(new VerificationKey('k1', key, rules, clock).algorithms).toEqual(algorithms);
  });

  it.each([
    ['an EC key on another curve', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['an X25519 key, which signs nothing', generateKeyPairSync('x25519').publicKey],
  ])('is refused when it is %s', (_name, key) => {
    expect(() => new VerificationKey('k1', key, rules, clock)).toThrow('fits no allowed algorithm');
  });

  it('accepts what its private key signed with ES384', async () => {
    const token = await new SignJWT({ sub: 'u-1', exp: clock.now().getTime() / 1_000 + 60 })
      .setProtectedHeader({ alg: 'ES384' })
      .setIssuer(rules.issuer)
      .setAudience(rules.audience)
      .sign(p384.privateKey);

    await expect(
      new VerificationKey('k1', p384.publicKey, rules, clock).verify(token),
    ).resolves.toMatchObject({ sub: 'u-1' });
  });
});
