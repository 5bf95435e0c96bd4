import { Module } from '@nestjs/common';
import { OrdersModule } from '@app/orders';
import { InternalEventsController } from './internal-events.controller.js';
import { InternalOrdersController } from './internal-orders.controller.js';
import { OrdersController } from './orders.controller.js';
import { RefundsController } from './refunds.controller.js';

@Module({
  imports: [OrdersModule],
  controllers: [OrdersController, RefundsController, InternalOrdersController, InternalEventsController],
})
export class OrdersHttpModule {}
