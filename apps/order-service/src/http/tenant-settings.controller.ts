import { Body, Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { TenantSettingsAdministration } from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { ChangeTenantSettingsRequest, TenantSettingsDto } from './policies.dto.js';

/** What a tenant decides for itself, for its admins. */
@ApiTags('Policies')
@Controller('api/v1/tenant-settings')
export class TenantSettingsController {
  constructor(private readonly settings: TenantSettingsAdministration) {}

  /** The settings as they are. */
  @Get()
  @Endpoint({ audience: 'user', role: 'admin', rateLimit: 'read', changes: false })
  @ApiOkResponse({ type: TenantSettingsDto, description: 'The settings.' })
  get(@CurrentCaller() caller: Caller<UserPrincipal>): Promise<TenantSettingsDto> {
    return this.settings.read(caller);
  }

  /** Changes deadlines of orders and reservations that begin from now on. */
  @Post()
  @HttpCode(HttpStatus.OK)
  @Endpoint({ audience: 'user', role: 'admin', rateLimit: 'read', changes: true })
  @ApiOkResponse({ type: TenantSettingsDto, description: 'The settings as they are now.' })
  change(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: ChangeTenantSettingsRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.settings.change(caller, body, idempotency);
  }
}
