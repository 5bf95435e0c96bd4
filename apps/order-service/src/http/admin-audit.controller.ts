import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ReadAuditLog, type AuditLogBody, type Page } from '@app/orders';
import { CurrentCaller, Endpoint, type Caller, type UserPrincipal } from '@app/platform';
import { AuditLogQuery } from './admin-requests.dto.js';
import { AuditLogDto } from './admin.dto.js';

@ApiTags('Audit log')
@Controller('api/v1/audit-log')
export class AdminAuditController {
  constructor(private readonly readAuditLog: ReadAuditLog) {}

  /** Privileged actions of the tenant, done, refused or failed; the latest first. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['CURSOR_INVALID'],
  })
  @ApiOkResponse({ type: AuditLogDto, description: 'A page of the audit log.' })
  list(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @Query() query: AuditLogQuery,
  ): Promise<Page<AuditLogBody>> {
    return this.readAuditLog.list(caller, query);
  }
}
