import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AcknowledgeFinding, ReadFindings, ResolveFinding, type FindingBody, type Page } from '@app/orders';
import {
  CurrentCaller,
  Endpoint,
  Idempotent,
  UuidParam,
  type Answer,
  type Caller,
  type IdempotencyRequest,
  type UserPrincipal,
} from '@app/platform';
import { AcknowledgeFindingRequest, ListFindingsQuery, ResolveFindingRequest } from './admin-requests.dto.js';
import { FindingDto, FindingListDto } from './admin.dto.js';

/** What the service could not mend by itself. */
@ApiTags('Findings')
@Controller('api/v1/findings')
export class AdminFindingsController {
  constructor(
    private readonly readFindings: ReadFindings,
    private readonly acknowledgeFinding: AcknowledgeFinding,
    private readonly resolveFinding: ResolveFinding,
  ) {}

  /** The tenant's findings, newest first. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: FindingListDto, description: 'A page of findings.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: ListFindingsQuery,
  ): Promise<Page<FindingBody>> {
    return this.readFindings.list(caller, query);
  }

  /** One finding. */
  @Get(':findingId')
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['FINDING_NOT_FOUND'],
  })
  @ApiOkResponse({ type: FindingDto, description: 'The finding.' })
  get(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('findingId') findingId: string,
  ): Promise<FindingBody> {
    return this.readFindings.one(caller, findingId);
  }

  /** Somebody has seen it and is on it. */
  @Post(':findingId/acknowledge')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: ['FINDING_NOT_FOUND', 'FINDING_STATE_CONFLICT'],
  })
  @ApiOkResponse({ type: FindingDto, description: 'The finding, ACKNOWLEDGED.' })
  acknowledge(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('findingId') findingId: string,
    @Body() body: AcknowledgeFindingRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.acknowledgeFinding.execute(caller, findingId, body.note ?? null, idempotency);
  }

  /** It is settled: with a note alone, or by deciding about the money it holds. */
  @Post(':findingId/resolve')
  @HttpCode(HttpStatus.OK)
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: true,
    errors: [
      'FINDING_NOT_FOUND',
      'FINDING_STATE_CONFLICT',
      'ORDER_BUSY',
      'ORDER_DISPUTED',
      'EVENT_NOT_FOUND',
      'EVENT_NOT_ON_SALE',
    ],
  })
  @ApiOkResponse({ type: FindingDto, description: 'The finding, RESOLVED.' })
  resolve(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('findingId') findingId: string,
    @Body() body: ResolveFindingRequest,
    @Idempotent() idempotency: IdempotencyRequest,
  ): Promise<Answer> {
    return this.resolveFinding.execute(caller, findingId, body, idempotency);
  }
}
