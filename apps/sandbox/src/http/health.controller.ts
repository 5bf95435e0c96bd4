import { Controller, Get } from '@nestjs/common';

/** What order-service asks each sibling to know that it is there. */
@Controller('health')
export class HealthController {
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
