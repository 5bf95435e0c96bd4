import type { LoggerService } from '@nestjs/common';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type ExportDone = Parameters<SpanExporter['export']>[1];

/** An outage of the collector costs traces and nothing else, but somebody should hear of it: once, and of its end. */
export class ToldExporter implements SpanExporter {
  private isFailing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  export(spans: ReadableSpan[], done: ExportDone): void {
    this.exporter.export(spans, (result) => {
      this.tell(result.error, spans.length);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private tell(error: Error | undefined, spanCount: number): void {
    if (error !== undefined && !this.isFailing) {
      this.logger.warn({
        msg: 'traces are not delivered; they are dropped meanwhile',
        spanCount,
        err: error,
      });
    }
    if (error === undefined && this.isFailing) this.logger.log({ msg: 'traces are delivered again' });
    this.isFailing = error !== undefined;
  }
}
