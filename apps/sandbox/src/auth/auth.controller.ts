import { Controller, Get } from '@nestjs/common';
import { Operation, Sibling } from '../http/sibling-call.js';
import { SigningKeys } from './signing-keys.js';

/** auth-service. */
@Controller('.well-known')
@Sibling('auth-service')
export class AuthController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Operation('jwks')
  jwks(): Promise<unknown> {
    return this.keys.jwks();
  }
}
