import { Injectable } from '@nestjs/common';
import type { JSONWebKeySet } from 'jose';
import { request } from 'undici';
import { inChildSpan } from '../tracing/spans.js';

const TIMEOUT_MS = 1_500;
const BYTES_MAX = 64 * 1024;

export interface JwksSource {
  /** @throws Error when the set cannot be fetched or is none */
  fetch(url: string): Promise<JSONWebKeySet>;
}

export const JWKS_SOURCE = Symbol('JwksSource');

/** Fetches a key set over HTTP; redirects are not followed, so the keys come from where the configuration says. */
@Injectable()
export class HttpJwksSource implements JwksSource {
  fetch(url: string): Promise<JSONWebKeySet> {
    return inChildSpan({ name: 'auth-service key-set', kind: 'client' }, () => this.fetchOnce(url));
  }

  private async fetchOnce(url: string): Promise<JSONWebKeySet> {
    const { statusCode, body } = await request(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      reset: true,
    });
    const text = await readBounded(body);
    if (statusCode !== 200) throw new Error(`The key set was answered with ${statusCode}.`);
    const set: unknown = JSON.parse(text);
    if (!isKeySet(set)) throw new Error('The answer is not a key set.');
    return set;
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > BYTES_MAX) throw new Error(`The key set is larger than ${BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys))
    return false;
  return value.keys.every((key: unknown) => typeof key === 'object' && key !== null && 'kty' in key);
}
