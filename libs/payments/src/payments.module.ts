import { Module } from '@nestjs/common';
import { UpstreamModule } from '@app/platform';
import { PaymentServiceClient } from './payment-service.client.js';

@Module({
  imports: [UpstreamModule],
  providers: [PaymentServiceClient],
  exports: [PaymentServiceClient],
})
export class PaymentsModule {}
