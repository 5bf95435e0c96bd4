import { decodeProtectedHeader } from 'jose';
import type { Config } from '../../config/config-table.js';
import { TOKEN_LENGTH_MAX } from './bearer-token.js';

export type Algorithm = Config['AUTH_ALGORITHMS'][number];

/** How far apart the clocks of auth-service and ours may be. */
export const CLOCK_SKEW_SECONDS = 60;

/** What a token of one audience must say besides its signature. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly Algorithm[];
}

/** Headers that bring a key of their own or change what the signature covers. */
const REFUSED_HEADERS = ['jku', 'x5u', 'jwk', 'crit', 'b64'] as const;

/** Why a token is not accepted. For logs; the client learns only that it is not. */
export class TokenRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenRefused';
  }
}

export interface TokenHeader {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

/**
 * The part of a token's header that chooses a key, read before anything is verified.
 * @throws TokenRefused for an algorithm outside `algorithms`, and for headers that would choose another key
 */
export function readTokenHeader(token: string, algorithms: readonly Algorithm[]): TokenHeader {
  if (token.length > TOKEN_LENGTH_MAX) throw new TokenRefused('The token is too long.');
  const header = decodeHeader(token);
  const refused = REFUSED_HEADERS.find((name) => name in header);
  if (refused !== undefined) throw new TokenRefused(`The token has the header ${refused}.`);
  const algorithm = algorithms.find((allowed) => allowed === header['alg']);
  if (algorithm === undefined) throw new TokenRefused('The algorithm is not allowed.');
  const { kid } = header;
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefused('The key id is not a text.');
  return { algorithm, kid };
}

function decodeHeader(token: string): Readonly<Record<string, unknown>> {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new TokenRefused('The header cannot be read.', { cause });
  }
}
