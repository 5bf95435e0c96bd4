import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import type { Changes } from '../state/changes.js';
import type { StatePart } from '../state/state-part.js';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
}

export interface KeyPair {
  readonly user: SigningKey;
  readonly service: SigningKey;
}

const RSA_BITS = 2_048;
const pem = z.string().startsWith('-----BEGIN ');
const savedKeys = z.object({ user: pem, service: pem });

/** The keys of auth-service: one for users, one for services, so that one can never stand in for the other. */
export class SigningKeys implements StatePart {
  readonly partName = 'signingKeys';
  private user: KeyObject | null = null;
  private service: KeyObject | null = null;
  private pair: Promise<KeyPair> | null = null;

  constructor(private readonly changes: Changes) {}

  current(): Promise<KeyPair> {
    this.pair ??= this.name();
    return this.pair;
  }

  /** The public halves, as `/.well-known/jwks.json` lists them. */
  async jwks(): Promise<{ readonly keys: readonly JsonWebKey[] }> {
    const { user, service } = await this.current();
    return { keys: [user, service].map(publicJwk) };
  }

  dump(): unknown {
    if (this.user === null || this.service === null) return undefined;
    return { user: toPem(this.user), service: toPem(this.service) };
  }

  restore(saved: unknown): void {
    const { user, service } = savedKeys.parse(saved);
    this.user = createPrivateKey(user);
    this.service = createPrivateKey(service);
    this.pair = null;
  }

  /** Keys outlive a reset: tokens in the hands of tests stay valid. */
  clear(): void {
    return undefined;
  }

  private async name(): Promise<KeyPair> {
    const user = this.user ?? generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
    const service = this.service ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.user = user;
    this.service = service;
    this.changes.mark();
    return {
      user: { kid: await kidOf(user), algorithm: 'RS256', privateKey: user },
      service: { kid: await kidOf(service), algorithm: 'ES256', privateKey: service },
    };
  }
}

function publicJwk({ kid, algorithm, privateKey }: SigningKey): JsonWebKey {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

function kidOf(key: KeyObject): Promise<string> {
  return calculateJwkThumbprint(createPublicKey(key));
}

function toPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}
