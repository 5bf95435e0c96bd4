import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, type JWK, type JWTPayload } from 'jose';

export type SigningAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newSigningKey(algorithm: SigningAlgorithm = 'ES256', kid: string = randomUUID()): SigningKey {
  switch (algorithm) {
    case 'RS256':
      return { kid, algorithm, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    case 'ES256':
      return { kid, algorithm, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { kid, algorithm, ...generateKeyPairSync('ed25519') };
  }
}

export function publicPem(key: SigningKey): string {
  return key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

export async function publicJwk(key: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(key.publicKey)), kid: key.kid, alg: key.algorithm, use: 'sig' };
}

/** Signs exactly these claims; `header` is added to alg and kid. */
export function sign(
  key: SigningKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, ...header })
    .sign(key.privateKey);
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/** Valid claims of a customer. */
export function userClaims(now: Date, claims: JWTPayload = {}): JWTPayload {
  return {
    iss: 'auth-service',
    aud: 'ticketing-api',
    sub: '0190a000-0000-7000-8000-00000000000a',
    tenant_id: '0190a000-0000-7000-8000-0000000000aa',
    type: 'access',
    role: 'customer',
    iat: seconds(now),
    exp: seconds(now) + 300,
    ...claims,
  };
}

/** Valid claims of payment-service, which may confirm orders of one tenant. */
export function serviceClaims(now: Date, claims: JWTPayload = {}): JWTPayload {
  return {
    iss: 'auth-service',
    aud: 'order-service',
    sub: 'payment-service',
    tenant_id: '0190a000-0000-7000-8000-0000000000aa',
    type: 'service',
    scope: 'orders:confirm orders:read',
    iat: seconds(now),
    exp: seconds(now) + 300,
    ...claims,
  };
}

/** auth-service's key set on a loopback port: its keys can be changed, and it can be away. */
export class JwksServer {
  fetches = 0;
  status = 200;
  private keys: readonly JWK[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<JwksServer> {
    const server = createServer();
    const jwks = new JwksServer(server);
    server.on('request', (_request, response) => {
      jwks.fetches += 1;
      response
        .writeHead(jwks.status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: jwks.keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return jwks;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/.well-known/jwks.json`;
  }

  async publish(...keys: readonly SigningKey[]): Promise<void> {
    this.keys = await Promise.all(keys.map(publicJwk));
  }

  publishRaw(...keys: readonly JWK[]): void {
    this.keys = keys;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
