import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PromoCodes, type Page, type PromoCodeBody } from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  UuidParam,
  headersOf,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import {
  CreatePromoCodeRequest,
  EndRequest,
  ListPromoCodesQuery,
  PromoCodeDto,
  PromoCodeListDto,
} from './promo-codes.dto.js';

/** Discounts of a tenant, for its admins. */
@ApiTags('Promo codes')
@Controller('api/v1/promo-codes')
export class PromoCodesController {
  constructor(private readonly promoCodes: PromoCodes) {}

  /** Makes a code. */
  @Post()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: ['PROMO_CODE_TAKEN'],
  })
  @ApiCreatedResponse({ type: PromoCodeDto, description: 'The code.', headers: headersOf('Location') })
  create(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: CreatePromoCodeRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.promoCodes.create(caller, body, idempotency);
  }

  /** The tenant's codes, newest first. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: PromoCodeListDto, description: 'A page of codes.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: ListPromoCodesQuery,
  ): Promise<Page<PromoCodeBody>> {
    return this.promoCodes.list(caller, query);
  }

  /** One code, with how often it is used. */
  @Get(':promoCodeId')
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['PROMO_NOT_FOUND'],
  })
  @ApiOkResponse({ type: PromoCodeDto, description: 'The code.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('promoCodeId') promoCodeId: string,
  ): Promise<PromoCodeBody> {
    return this.promoCodes.one(caller, promoCodeId);
  }

  /** Ends a code for new orders; orders that have its discount keep it. */
  @Post(':promoCodeId/end')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: ['PROMO_NOT_FOUND'],
  })
  @ApiOkResponse({ type: PromoCodeDto, description: 'The code, ended.' })
  end(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('promoCodeId') promoCodeId: string,
    @Body() body: EndRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.promoCodes.end(caller, promoCodeId, body.reason, idempotency);
  }
}
