import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import { LoggerModule, type Params } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import { CONFIG, type Config } from '../config/config-table.js';
import { redact } from './redact.js';
import { scrub } from './scrub.js';
import { SERVICE_NAME } from './service-identity.js';

/**
 * One JSON line per event on standard output: a constant message, facts as fields, nothing that tells who somebody is.
 * Request lines are written by HttpTelemetry, so pino's own are off and its middleware is mounted nowhere.
 */
export function loggerParams(config: Pick<Config, 'LOG_LEVEL'>): Params {
  return {
    forRoutes: [],
    pinoHttp: {
      level: config.LOG_LEVEL,
      base: { service: SERVICE_NAME, instance: hostname(), pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      autoLogging: false,
      formatters: { level: (label) => ({ level: label }), log: redact },
      // The formatter has made plain facts of errors already.
      wrapSerializers: false,
      serializers: { err: (facts: unknown) => facts },
      hooks: {
        logMethod(inputs, method) {
          const [first, ...rest] = inputs;
          const message = typeof first === 'string' ? scrub(first) : first;
          const others = rest.map((input: unknown) => (typeof input === 'string' ? scrub(input) : input));
          Reflect.apply(method, this, [message, ...others]);
        },
      },
    },
  };
}

@Module({
  imports: [
    LoggerModule.forRootAsync({ inject: [CONFIG], useFactory: (config: Config) => loggerParams(config) }),
  ],
})
export class LoggingModule {}
