import { Module } from '@nestjs/common';
import { ServiceTokens } from './service-token.js';
import { UpstreamClient } from './upstream.client.js';

/** Needs CONFIG and CLOCK from a global module; UPSTREAM_OBSERVER is taken from one if there is any. */
@Module({
  providers: [ServiceTokens, UpstreamClient],
  exports: [UpstreamClient, ServiceTokens],
})
export class UpstreamModule {}
