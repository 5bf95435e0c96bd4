import { AppError } from '@app/kernel';
import type { Dispatcher } from 'undici';
import type { Exchange, NotSentReason } from './outcome.js';

export interface ExchangeRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** For the whole exchange: connecting, sending, waiting, reading. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
}

/**
 * Sends one request and reads the whole answer within `timeoutMs`. Follows no redirect and repeats nothing.
 * An exchange that failed before its first byte could leave is `not-sent`; any later failure is `lost`.
 * @throws INTERNAL when the request itself cannot be written, such as a header with a line break (a bug of ours)
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const handler = new AnswerCollector(request, resolve, reject);
    dispatcher.dispatch(
      {
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: { ...request.headers },
        body: request.body,
        // Our own deadline covers these two.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    );
  });
}

class AnswerCollector implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private isSettled = false;
  private status = 0;
  private contentType = '';
  private contentEncoding = '';
  private byteCount = 0;
  private readonly chunks: Buffer[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly request: ExchangeRequest,
    private readonly resolve: (exchange: Exchange) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.timer = setTimeout(() => {
      this.giveUp('time-out');
    }, request.timeoutMs);
  }

  /** Called when a connection is ready, right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.isSettled) {
      // The caller gave up while we were still connecting; writing now would execute what was reported as not sent.
      controller.abort(new Error('the deadline passed before the request was written'));
      return;
    }
    this.controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.status = status;
    this.contentType = single(headers['content-type']);
    this.contentEncoding = single(headers['content-encoding']);
    if (Number(single(headers['content-length'])) > this.request.answerBytesMax) this.giveUp('too-large');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.byteCount += chunk.length;
    if (this.byteCount > this.request.answerBytesMax) this.giveUp('too-large');
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.settle({
      kind: 'answered',
      status: this.status,
      contentType: this.contentType,
      contentEncoding: this.contentEncoding,
      body: Buffer.concat(this.chunks),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.isSettled) return;
    if (this.controller !== undefined) {
      this.settle({ kind: 'lost', reason: 'reset' });
    } else if (errorCode(error) === 'UND_ERR_INVALID_ARG') {
      clearTimeout(this.timer);
      this.isSettled = true;
      this.reject(new AppError('INTERNAL', {}, { cause: error }));
    } else {
      this.settle({ kind: 'not-sent', reason: notSentReason(error) });
    }
  }

  private giveUp(reason: 'time-out' | 'too-large'): void {
    const { controller } = this;
    if (controller === undefined) {
      this.settle({ kind: 'not-sent', reason: 'deadline' });
      return;
    }
    this.settle({ kind: 'lost', reason });
    // Frees the connection; with one request per connection nobody else's call is aborted with it.
    controller.abort(new Error(`gave up: ${reason}`));
  }

  private settle(result: Exchange): void {
    if (this.isSettled) return;
    this.isSettled = true;
    clearTimeout(this.timer);
    this.resolve(result);
  }
}

function single(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.join(', ') ?? '');
}

function errorCode(error: object): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function notSentReason(error: Error): NotSentReason {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return 'connection-refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'dns';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'connect-timeout';
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return 'shutting-down';
    default:
      return 'connect-failed';
  }
}
