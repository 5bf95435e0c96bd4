import { Module } from '@nestjs/common';
import { OrdersModule } from '@app/orders';
import { InternalOperationsController } from './internal-operations.controller.js';
import { OperationsController } from './operations.controller.js';

@Module({
  imports: [OrdersModule],
  controllers: [InternalOperationsController, OperationsController],
})
export class AdministrationHttpModule {}
