import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { JWTPayload } from 'jose';
import { Strategy, type SecretOrKeyProvider, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { bearerToken } from './bearer-token.js';
import { readServiceClaims, readUserClaims, type ServiceIdentity, type UserIdentity } from './identity.js';
import { TokenRefused } from './token-rules.js';
import type { TokenVerifier } from './token-verifier.js';
import { TokenVerifiers } from './token-verifiers.js';
import { VerificationKey } from './verification-key.js';

type Verified = (error: unknown, payload?: JWTPayload) => void;

/** passport-jwt verifies through jsonwebtoken, which knows no EdDSA; its key is ours, and verifies through jose. */
function verifyThroughJose(token: string, key: unknown, _options: unknown, done: Verified): void {
  if (!(key instanceof VerificationKey)) {
    done(new TokenRefused('There is no key.'));
    return;
  }
  key.verify(token).then(
    (payload) => {
      done(null, payload);
    },
    (error: unknown) => {
      done(error);
    },
  );
}

Object.assign(Strategy, { JwtVerifier: verifyThroughJose });

type KeyFound = (error: unknown, key?: VerificationKey) => void;

function strategyOptions(verifier: TokenVerifier): StrategyOptionsWithoutRequest {
  const secretOrKeyProvider = (_request: unknown, token: string, done: KeyFound): void => {
    verifier.keyFor(token).then(
      (key) => {
        done(null, key);
      },
      (error: unknown) => {
        done(error);
      },
    );
  };
  // The declared type of a key is a text; what is handed over reaches only `verifyThroughJose`.
  return {
    jwtFromRequest: bearerToken,
    secretOrKeyProvider: secretOrKeyProvider as unknown as SecretOrKeyProvider,
  };
}

/** passport keeps strategies by name for the whole process: of two applications in one, the later one's are used. */
@Injectable()
export class UserJwtStrategy extends PassportStrategy(Strategy, 'user') {
  constructor(verifiers: TokenVerifiers) {
    super(strategyOptions(verifiers.users));
  }

  override validate(claims: JWTPayload): UserIdentity | null {
    return readUserClaims(claims);
  }
}

@Injectable()
export class ServiceJwtStrategy extends PassportStrategy(Strategy, 'service') {
  constructor(verifiers: TokenVerifiers) {
    super(strategyOptions(verifiers.services));
  }

  override validate(claims: JWTPayload): ServiceIdentity | null {
    return readServiceClaims(claims);
  }
}
