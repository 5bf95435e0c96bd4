import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ExplainOrder, type ExplanationBody } from '@app/orders';
import { CurrentCaller, Endpoint, UuidParam, type Caller, type UserPrincipal } from '@app/platform';
import { ExplanationDto } from './admin.dto.js';

@ApiTags('Orders')
@Controller('api/v1/orders/:orderId/explain')
export class AdminExplainController {
  constructor(private readonly explainOrder: ExplainOrder) {}

  /** What happened to an order, what was said to whom, and what may happen next. */
  @Get()
  @Endpoint({
    audience: 'user',
    role: 'admin',
    rateLimit: 'read',
    changes: false,
    errors: ['ORDER_NOT_FOUND'],
  })
  @ApiOkResponse({ type: ExplanationDto, description: 'The order, explained.' })
  explain(
    @CurrentCaller() caller: Caller<UserPrincipal>,
    @UuidParam('orderId') orderId: string,
  ): Promise<ExplanationBody> {
    return this.explainOrder.execute(caller, orderId);
  }
}
