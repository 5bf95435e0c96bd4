import { connect } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly token?: string | undefined;
  /** Idempotency-Key. */
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** An answer read to its end. */
export class HttpAnswer {
  constructor(
    readonly request: string,
    readonly status: number,
    readonly headers: Headers,
    readonly text: string,
  ) {}

  json(): unknown {
    return this.text === '' ? undefined : (JSON.parse(this.text) as unknown);
  }

  /** The members of a JSON object; empty for anything else. */
  get body(): Readonly<Record<string, unknown>> {
    if (!(this.headers.get('content-type') ?? '').includes('json')) return {};
    const value = this.json();
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }

  get code(): unknown {
    return this.body['code'];
  }

  /** The body. @throws Error with what came instead when it is another status */
  expect(status: number): unknown {
    if (this.status !== status) {
      throw new Error(
        `${this.request} was answered ${this.status} instead of ${status}: ${this.text.slice(0, 1_000)}`,
      );
    }
    return this.json();
  }
}

const PATIENCE_MS = 30_000;

/** One request over real HTTP. @throws when the connection breaks */
export async function requestOver(baseUrl: string, request: HttpRequest): Promise<HttpAnswer> {
  const { method, path, token, key, body, raw } = request;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...request.headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  return new HttpAnswer(`${method} ${path}`, response.status, response.headers, await response.text());
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * Writes these bytes to the socket and reads until the server closes it, for what no HTTP client sends: repeated
 * headers, broken lines, paths that are not encoded. The request should say `Connection: close`.
 */
export function sendRaw(baseUrl: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy(new Error('The server neither answered nor closed the connection.'));
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      // A server that has refused may close while it is still being written to: its answer counts.
      if (chunks.length === 0 && failure !== undefined) {
        reject(failure);
        return;
      }
      // "100 Continue" comes before the answer.
      const text = Buffer.concat(chunks)
        .toString('latin1')
        .replace(/^(?:HTTP\/1\.1 1\d\d[^]*?\r\n\r\n)+/, '');
      const end = text.indexOf('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, head: text.slice(0, end), body: text.slice(end + 4) });
    });
    socket.write(bytes);
  });
}

/** An HTTP/1.1 request as text, with exactly these header lines besides Host and Connection. */
export function rawRequest(requestLine: string, headerLines: readonly string[] = [], body?: string): string {
  const lines = [`${requestLine} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headerLines];
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [...lines, ...length, '', body ?? ''].join('\r\n');
}
