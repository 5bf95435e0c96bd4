import { Writable } from 'node:stream';
import { AppError } from '@app/kernel';
import { pinoHttp, type Options } from 'pino-http';
import type { Logger } from 'pino';
import { loggerParams } from './logging.module.js';

function capturedLogger(): { readonly logger: Logger; lines(): Record<string, unknown>[] } {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      texts.push(chunk.toString());
      done();
    },
  });
  const options = loggerParams({ LOG_LEVEL: 'info', OTEL_EXPORTER_OTLP_ENDPOINT: '' }).pinoHttp as Options;
  return {
    logger: pinoHttp(options, stream).logger,
    lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>),
  };
}

const anInstant: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const aText: unknown = expect.any(String);
const aList: unknown = expect.any(Array);

describe('the log', () => {
  it('is one JSON line per event: level, instant, service, message and facts', () => {
    const { logger, lines } = capturedLogger();
    logger.info({ status: 200 }, 'request');
    logger.debug({}, 'not logged at this level');

    expect(lines()).toEqual([
      {
        level: 'info',
        time: anInstant,
        service: 'order-service',
        instance: aText,
        pid: process.pid,
        status: 200,
        msg: 'request',
      },
    ]);
  });

  it('tells errors by kind and place, given as facts or by themselves', () => {
    const { logger, lines } = capturedLogger();
    logger.error({ err: new AppError('LOCK_TIMEOUT') }, 'failed');
    logger.error(new AppError('LOCK_TIMEOUT'));

    for (const line of lines()) {
      expect(line.err).toMatchObject({ type: 'AppError', code: 'LOCK_TIMEOUT', stack: aList });
    }
  });

  it('has no secret or person in it, wherever they were put', () => {
    const { logger, lines } = capturedLogger();
    const canary = 'CANARY';
    logger.info(
      { email: canary, nested: { clientSecret: canary }, list: [{ billingAddress: { line1: canary } }] },
      'facts',
    );
    logger.info(`mail to ${canary}@example.com`);
    logger.error(
      { err: Object.assign(new Error(canary), { driverError: {}, parameters: [canary] }) },
      'query',
    );
    logger.error(Object.assign(new Error(`duplicate ${canary}`), { severity: 'ERROR', code: '23505' }));

    expect(lines()).toHaveLength(4);
    expect(JSON.stringify(lines())).not.toContain(canary);
  });
});
