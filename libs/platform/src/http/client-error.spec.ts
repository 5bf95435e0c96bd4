import type { Socket } from 'node:net';
import { answerClientError } from './client-error.js';

class FakeSocket {
  written = '';
  isEnded = false;
  destroyed = false;
  writable = true;
  readonly _httpMessage: object | null = null;

  constructor(changes: Partial<Pick<FakeSocket, 'destroyed' | 'writable' | '_httpMessage'>> = {}) {
    Object.assign(this, changes);
  }

  write(text: string): void {
    this.written += text;
  }

  destroySoon(): void {
    this.isEnded = true;
  }
}

function answer(code: string | undefined, socket = new FakeSocket()): FakeSocket {
  const error = Object.assign(new Error('broken'), code === undefined ? {} : { code });
  answerClientError(error, socket as unknown as Socket);
  return socket;
}

describe('what never became a request', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 'its headers are too large.'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'it did not arrive in time.'],
    ['HPE_INVALID_METHOD', 'it is not valid HTTP.'],
    [undefined, 'it is not valid HTTP.'],
  ])('%s is answered once, and the connection ends', (code, reason) => {
    const socket = answer(code);
    expect(socket.written).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(socket.written).toContain('Connection: close');
    expect(socket.written).toContain(reason);
    expect(socket.isEnded).toBe(true);
  });

  it('is not answered in the middle of another answer', () => {
    const socket = answer('HPE_INVALID_METHOD', new FakeSocket({ _httpMessage: { headersSent: true } }));
    expect([socket.written, socket.isEnded]).toEqual(['', true]);
  });

  it('is answered where the earlier answer has not begun', () => {
    const socket = answer('HPE_INVALID_METHOD', new FakeSocket({ _httpMessage: { headersSent: false } }));
    expect(socket.written).toContain('HTTP/1.1 400');
  });

  it('is left alone when the client has gone', () => {
    expect(answer('ECONNRESET')).toMatchObject({ written: '', isEnded: false });
    expect(answer('X', new FakeSocket({ destroyed: true }))).toMatchObject({ written: '', isEnded: false });
    expect(answer('X', new FakeSocket({ writable: false }))).toMatchObject({ written: '', isEnded: true });
  });
});
