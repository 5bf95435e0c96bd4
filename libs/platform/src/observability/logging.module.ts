import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import { LoggerModule, type Params } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import { CONFIG, type Config } from '../config/config-table.js';
import { redact } from './redact.js';
import { scrub } from './scrub.js';
import { traceFacts } from '../tracing/spans.js';
import { SERVICE_NAME } from './service-identity.js';

/**
 * One JSON line per event on standard output: a constant message, facts as fields, nothing that tells who somebody is.
 * Request lines are written by HttpTelemetry, so pino's own are off and its middleware is mounted nowhere.
 */
export function loggerParams(config: Pick<Config, 'LOG_LEVEL' | 'OTEL_EXPORTER_OTLP_ENDPOINT'>): Params {
  return {
    forRoutes: [],
    pinoHttp: {
      level: config.LOG_LEVEL,
      base: { service: SERVICE_NAME, instance: hostname(), pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      autoLogging: false,
      ...(config.OTEL_EXPORTER_OTLP_ENDPOINT === '' ? {} : { mixin: traceFacts }),
      formatters: { level: (label) => ({ level: label }), log: redact },
      // The formatter has made plain facts of errors already.
      wrapSerializers: false,
      serializers: { err: (facts: unknown) => facts },
      hooks: {
        logMethod(inputs, method) {
          Reflect.apply(method, this, cleanInputs(inputs));
        },
      },
    },
  };
}

/** Facts and message as pino takes them. Without a message of its own a line would repeat that of its error. */
function cleanInputs(inputs: readonly unknown[]): unknown[] {
  const [first, ...rest] = inputs.map((input) => (typeof input === 'string' ? scrub(input) : input));
  const facts = first instanceof Error ? { err: first } : first;
  const hasMessage = typeof facts === 'string' || typeof rest[0] === 'string';
  return hasMessage || !carriesError(facts) ? [facts, ...rest] : [facts, 'something failed'];
}

function carriesError(facts: unknown): boolean {
  return typeof facts === 'object' && facts !== null && 'err' in facts;
}

@Module({
  imports: [
    LoggerModule.forRootAsync({ inject: [CONFIG], useFactory: (config: Config) => loggerParams(config) }),
  ],
})
export class LoggingModule {}
