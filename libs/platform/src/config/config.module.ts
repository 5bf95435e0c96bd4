import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CLOCK, systemClock } from '@app/kernel';
import { CONFIG, type Config } from './config-table.js';

/** Makes the checked configuration and the clock injectable everywhere. */
@Global()
@Module({})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CLOCK, useValue: systemClock },
      ],
      exports: [CONFIG, CLOCK],
    };
  }
}
