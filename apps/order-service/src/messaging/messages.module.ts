import { Module } from '@nestjs/common';
import { OrdersModule } from '@app/orders';
import { TicketsModule } from '@app/tickets';
import { CatalogueMessagesController } from './catalogue-messages.controller.js';
import { OrderRpcController } from './order-rpc.controller.js';
import { PaymentMessagesController } from './payment-messages.controller.js';
import { RpcCallers } from './rpc-callers.js';

@Module({
  imports: [OrdersModule, TicketsModule],
  controllers: [PaymentMessagesController, CatalogueMessagesController, OrderRpcController],
  providers: [RpcCallers],
})
export class MessagesModule {}
