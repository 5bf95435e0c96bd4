import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Policies, type Page, type RefundPolicyBody } from '@app/orders';
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
import { CreateRefundPolicyRequest, RefundPolicyDto, RefundPolicyListDto } from './policies.dto.js';
import { EndRequest } from './promo-codes.dto.js';

/** What buyers of a tenant get back, for its admins. */
@ApiTags('Policies')
@Controller('api/v1/refund-policies')
export class RefundPoliciesController {
  constructor(private readonly policies: Policies) {}

  /** Adds a version: the one that holds for the same scope ends where this one begins. Sold orders keep theirs. */
  @Post()
  @Endpoint({ audience: 'user', role: 'admin', rateLimit: 'read', changes: true })
  @ApiCreatedResponse({ type: RefundPolicyDto, description: 'The version.', headers: headersOf('Location') })
  create(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Body() body: CreateRefundPolicyRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    const { effectiveFrom, reason, rules, refundsPlatformFee, refundsProcessingFee, refundsTax } = body;
    const asked = {
      effectiveFrom,
      reason,
      eventId: body.eventId ?? null,
      rules: rules.map(({ hoursBeforeStart, refundBps }) => ({ hoursBeforeStart, refundBps })),
      refundsPlatformFee,
      refundsProcessingFee,
      refundsTax,
    };
    return this.policies.refunds.create(caller, asked, idempotency);
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
  @ApiOkResponse({ type: RefundPolicyListDto, description: 'A page of versions.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: PageQuery,
  ): Promise<Page<RefundPolicyBody>> {
    return this.policies.refunds.list(caller, query);
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
  @ApiOkResponse({ type: RefundPolicyDto, description: 'The version.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('policyId') policyId: string,
  ): Promise<RefundPolicyBody> {
    return this.policies.refunds.one(caller, policyId);
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
  @ApiOkResponse({ type: RefundPolicyDto, description: 'The version, ended.' })
  end(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('policyId') policyId: string,
    @Body() body: EndRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.policies.refunds.end(caller, policyId, body.reason, idempotency);
  }
}
