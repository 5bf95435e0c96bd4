import { isAppError } from '@app/kernel';
import { Dispatcher } from 'undici';
import { exchange, type ExchangeRequest } from './exchange.js';

const REQUEST: ExchangeRequest = {
  origin: 'http://sibling',
  path: '/',
  method: 'POST',
  headers: {},
  body: '{}',
  timeoutMs: 1_000,
  answerBytesMax: 100,
};

class Controller {
  readonly paused = false;
  readonly reason = null;
  aborted = false;

  abort(): void {
    this.aborted = true;
  }

  pause(): void {
    this.aborted = false;
  }

  resume(): void {
    this.aborted = false;
  }
}

/** Plays the connection: what happens to a request is up to the test. */
class ScriptedDispatcher extends Dispatcher {
  readonly controller = new Controller();

  constructor(
    private readonly script: (handler: Dispatcher.DispatchHandler, controller: Controller) => void,
  ) {
    super();
  }

  override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.script(handler, this.controller);
    return true;
  }
}

function failing(code: string, isStarted: boolean): ScriptedDispatcher {
  return new ScriptedDispatcher((handler, controller) => {
    if (isStarted) handler.onRequestStart?.(controller, {});
    handler.onResponseError?.(controller, Object.assign(new Error(code), { code }));
  });
}

describe('an exchange', () => {
  it.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
    ['ETIMEDOUT', 'connect-timeout'],
    ['ECONNRESET', 'connect-failed'],
    ['EHOSTUNREACH', 'connect-failed'],
    ['UND_ERR_DESTROYED', 'shutting-down'],
    ['UND_ERR_CLOSED', 'shutting-down'],
  ])('that meets %s before its first byte was not sent: %s', async (code, reason) => {
    expect(await exchange(failing(code, false), REQUEST)).toEqual({ kind: 'not-sent', reason });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', 'ETIMEDOUT', 'UND_ERR_DESTROYED', 'EPIPE'])(
    'that meets %s after its first byte is lost',
    async (code) => {
      expect(await exchange(failing(code, true), REQUEST)).toEqual({ kind: 'lost', reason: 'reset' });
    },
  );

  it('that was given up while connecting is never written afterwards', async () => {
    let start: (() => void) | undefined;
    const dispatcher = new ScriptedDispatcher((handler, controller) => {
      start = () => handler.onRequestStart?.(controller, {});
    });
    expect(await exchange(dispatcher, { ...REQUEST, timeoutMs: 5 })).toEqual({
      kind: 'not-sent',
      reason: 'deadline',
    });
    start?.();
    expect(dispatcher.controller.aborted).toBe(true);
  });

  it('passes over early hints and reads the final answer', async () => {
    const dispatcher = new ScriptedDispatcher((handler, controller) => {
      handler.onRequestStart?.(controller, {});
      handler.onResponseStart?.(controller, 103, { 'content-type': 'text/plain' });
      handler.onResponseStart?.(controller, 200, { 'content-type': 'application/json' });
      handler.onResponseData?.(controller, Buffer.from('{}'));
      handler.onResponseEnd?.(controller, {});
    });
    expect(await exchange(dispatcher, REQUEST)).toMatchObject({
      kind: 'answered',
      status: 200,
      contentType: 'application/json',
    });
  });

  it('throws a bug for a request that cannot be written', async () => {
    const thrown: unknown = await exchange(failing('UND_ERR_INVALID_ARG', false), REQUEST).catch(
      (error: unknown) => error,
    );
    expect(isAppError(thrown, 'INTERNAL')).toBe(true);
  });
});
