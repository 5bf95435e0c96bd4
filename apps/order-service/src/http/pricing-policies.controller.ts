import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Policies, type Page, type PricingPolicyBody } from '@app/orders';
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
import { PageQuery } from './order-requests.dto.js';
import { CreatePricingPolicyRequest, PricingPolicyDto, PricingPolicyListDto } from './policies.dto.js';
import { EndRequest } from './promo-codes.dto.js';

/** Fees and taxes of a tenant, for its admins. */
@ApiTags('Policies')
@Controller('api/v1/pricing-policies')
export class PricingPoliciesController {
  constructor(private readonly policies: Policies) {}

  /** Adds a version: the one that holds for the same scope ends where this one begins. Sold orders keep theirs. */
  @Post()
  @Endpoint({ audience: 'user', role: 'admin', rateLimit: 'read', changes: true })
  @ApiCreatedResponse({ type: PricingPolicyDto, description: 'The version.', headers: headersOf('Location') })
  create(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: CreatePricingPolicyRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const asked = {
      effectiveFrom: body.effectiveFrom,
      reason: body.reason,
      venueId: body.venueId ?? null,
      country: body.country ?? null,
      region: body.region ?? null,
      platformFeeBps: body.platformFeeBps ?? null,
      processingFeeBps: body.processingFeeBps ?? null,
      processingFeeFixed: body.processingFeeFixed ?? null,
      taxBps: body.taxBps ?? null,
    };
    return this.policies.pricing.create(caller, asked, idempotency);
  }

  /** Every version, newest first. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: PricingPolicyListDto, description: 'A page of versions.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: PageQuery,
  ): Promise<Page<PricingPolicyBody>> {
    return this.policies.pricing.list(caller, query);
  }

  /** One version. */
  @Get(':policyId')
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['POLICY_NOT_FOUND'],
  })
  @ApiOkResponse({ type: PricingPolicyDto, description: 'The version.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('policyId') policyId: string,
  ): Promise<PricingPolicyBody> {
    return this.policies.pricing.one(caller, policyId);
  }

  /** Ends a version now, without a next one. */
  @Post(':policyId/end')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: ['POLICY_NOT_FOUND'],
  })
  @ApiOkResponse({ type: PricingPolicyDto, description: 'The version, ended.' })
  end(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('policyId') policyId: string,
    @Body() body: EndRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.policies.pricing.end(caller, policyId, body.reason, idempotency);
  }
}
